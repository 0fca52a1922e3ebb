/** A parsed pattern, free of the syntax it was written in. */
export type RegexNode =
  | { readonly kind: 'set'; readonly source: string; readonly key: string }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly RegexNode[] }
  | {
      readonly kind: 'repeat'
      readonly item: RegexNode
      readonly min: number
      readonly max: number
      readonly mode: 'greedy' | 'lazy' | 'possessive'
    }
  | {
      readonly kind: 'look'
      readonly open: '(?=' | '(?!' | '(?<=' | '(?<!'
      readonly item: RegexNode
    }
  | { readonly kind: 'capture'; readonly index: number; readonly item: RegexNode }
  | { readonly kind: 'atomic'; readonly item: RegexNode }
  | { readonly kind: 'assert'; readonly source: string }
  | { readonly kind: 'backreference'; readonly index: number }
