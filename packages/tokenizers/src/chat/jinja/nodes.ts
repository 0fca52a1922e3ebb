// What the parser makes of a template.
import type { Value } from './values.ts'
import type { Operator } from './arithmetic.ts'
import type { Order } from './compare.ts'

/** Arguments of a call, a filter or a test. */
export interface Arguments {
  readonly positional: readonly Expression[]
  readonly named: readonly (readonly [name: string, value: Expression])[]
  /** `*args` */
  readonly rest: Expression | undefined
  /** `**kwargs` */
  readonly namedRest: Expression | undefined
}

export interface SliceNode {
  readonly type: 'slice'
  readonly start: Expression | undefined
  readonly stop: Expression | undefined
  readonly step: Expression | undefined
}

export type Comparison = Order | '==' | '!=' | 'in' | 'not in'

export type Expression = { readonly line: number } & (
  | { readonly type: 'constant'; readonly value: Value }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'tuple' | 'list'; readonly items: readonly Expression[] }
  | { readonly type: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly type: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly type: 'item'; readonly of: Expression; readonly key: Expression | SliceNode }
  | { readonly type: 'call'; readonly callee: Expression; readonly args: Arguments }
  | {
      readonly type: 'filter'
      readonly name: string
      /** undefined in a filter block: what the block printed. */
      readonly of: Expression | undefined
      readonly args: Arguments
    }
  | {
      readonly type: 'test'
      readonly name: string
      readonly of: Expression
      readonly args: Arguments
    }
  | { readonly type: 'not' | 'negative' | 'positive'; readonly of: Expression }
  | {
      readonly type: 'operation'
      readonly operator: Operator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly type: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly type: 'concat'; readonly parts: readonly Expression[] }
  | {
      readonly type: 'compare'
      readonly left: Expression
      readonly others: readonly (readonly [Comparison, Expression])[]
    }
  | {
      readonly type: 'conditional'
      readonly test: Expression
      readonly then: Expression
      readonly otherwise: Expression | undefined
    }
)

/** What can be assigned to. */
export type Target =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'attribute'; readonly of: string; readonly name: string }
  | { readonly type: 'tuple'; readonly items: readonly Target[] }

/** A macro, or the body of a call block, which is a macro without a name. */
export interface MacroNode {
  readonly name: string | undefined
  readonly parameters: readonly {
    readonly name: string
    readonly fallback: Expression | undefined
  }[]
  readonly body: readonly Statement[]
  /** Which of the special names the macro reads. */
  readonly reads: { readonly caller: boolean; readonly kwargs: boolean; readonly varargs: boolean }
}

export type Statement = { readonly line: number } & (
  | { readonly type: 'data'; readonly text: string }
  | { readonly type: 'print'; readonly value: Expression }
  | {
      readonly type: 'if'
      readonly branches: readonly (readonly [test: Expression, body: readonly Statement[]])[]
      readonly otherwise: readonly Statement[]
    }
  | {
      readonly type: 'for'
      readonly target: Target
      readonly items: Expression
      readonly test: Expression | undefined
      readonly recursive: boolean
      readonly body: readonly Statement[]
      readonly otherwise: readonly Statement[]
    }
  | { readonly type: 'break' | 'continue' }
  | { readonly type: 'set'; readonly target: Target; readonly value: Expression }
  | {
      readonly type: 'set block'
      readonly target: Target
      readonly filter: Expression | undefined
      readonly body: readonly Statement[]
    }
  | { readonly type: 'macro'; readonly macro: MacroNode }
  | { readonly type: 'call block'; readonly macro: MacroNode; readonly call: Expression }
  | {
      readonly type: 'filter block'
      readonly filter: Expression
      readonly body: readonly Statement[]
    }
  | {
      readonly type: 'with'
      readonly assignments: readonly (readonly [Target, Expression])[]
      readonly body: readonly Statement[]
    }
  | { readonly type: 'autoescape'; readonly on: Expression; readonly body: readonly Statement[] }
  | { readonly type: 'generation'; readonly body: readonly Statement[] }
  | {
      readonly type: 'block'
      readonly name: string
      readonly scoped: boolean
      readonly required: boolean
      readonly body: readonly Statement[]
    }
  /** A tag that reads another template, of which there is none. */
  | { readonly type: 'load' }
)
