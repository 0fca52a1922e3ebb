/** Places in a text that match nothing. */
export type Assertion =
  | 'textStart'
  | 'textEnd'
  | 'textEndOrLastLine'
  | 'lineStart'
  | 'lineEnd'
  | 'wordEdge'
  | 'noWordEdge'

/** How many times a repeat prefers to match, and whether it gives back. */
export type RepeatMode = 'greedy' | 'lazy' | 'possessive'

/** A parsed pattern, free of the syntax it was written in. */
export type RegexNode =
  /** One character of a class; `source` is the class in JavaScript's syntax, flag u. */
  | { readonly kind: 'set'; readonly source: string }
  /** One character in any case, where a few stand for two or three: turned into others once its neighbours are known. */
  | { readonly kind: 'caseless'; readonly code: number }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly RegexNode[] }
  | {
      readonly kind: 'repeat'
      readonly item: RegexNode
      readonly min: number
      readonly max: number
      readonly mode: RepeatMode
    }
  | {
      readonly kind: 'look'
      readonly behind: boolean
      readonly negative: boolean
      readonly item: RegexNode
    }
  | { readonly kind: 'capture'; readonly index: number; readonly item: RegexNode }
  | { readonly kind: 'atomic'; readonly item: RegexNode }
  | { readonly kind: 'assert'; readonly name: Assertion }
  | { readonly kind: 'backreference'; readonly index: number }

/** The least and the most characters that a node can match; a back-reference can match any number. */
export function widthOf(node: RegexNode): { readonly min: number; readonly max: number } {
  switch (node.kind) {
    case 'set':
    case 'caseless':
      return { min: 1, max: 1 }
    case 'assert':
    case 'look':
      return { min: 0, max: 0 }
    case 'backreference':
      return { min: 0, max: Infinity }
    case 'capture':
    case 'atomic':
      return widthOf(node.item)
    case 'repeat': {
      const item = widthOf(node.item)
      const max = node.max === 0 || item.max === 0 ? 0 : item.max * node.max
      return { min: item.min * node.min, max }
    }
    case 'sequence': {
      let min = 0
      let max = 0
      for (const item of node.items) {
        const width = widthOf(item)
        min += width.min
        max += width.max
      }
      return { min, max }
    }
    case 'choice': {
      const widths = node.items.map(widthOf)
      return {
        min: Math.min(...widths.map(({ min }) => min)),
        max: Math.max(...widths.map(({ max }) => max)),
      }
    }
  }
}
