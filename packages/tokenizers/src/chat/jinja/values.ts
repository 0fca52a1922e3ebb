// What templates compute with, as Python has it: an int is a JavaScript number (a bigint beyond 2^53) and a float is a
// box around one, so that 1 and 1.0 stay apart; a str is a string of code points, a list an array.
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Markup
  | Undefined
  | Tuple
  | TemplateObject
  | readonly Value[]

/** A Python float. Whole numbers of JavaScript are ints in templates; wrap one to have it printed as `1.0`. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** A str that is HTML already. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** What stands for a name or an attribute without a value. */
export class Undefined {
  readonly message: string
  readonly type: 'UndefinedError' | 'SecurityError'
  constructor(message: string, type: 'UndefinedError' | 'SecurityError' = 'UndefinedError') {
    this.message = message
    this.type = type
  }

  /** The error for using it as if it were something. */
  fault(): Error {
    return templateFault(this.type, this.message)
  }
}

/** A Python tuple. */
export class Tuple {
  readonly items: readonly Value[]
  constructor(items: readonly Value[]) {
    this.items = items
  }

  /** A value that has a name beside its place; undefined when there is none. */
  attribute(_name: string): Value | undefined {
    return undefined
  }
}

/** Keyword arguments of a call. */
export type Keywords = ReadonlyMap<string, Value>

/** Anything with a behaviour of its own. */
export abstract class TemplateObject {
  /** Python's name of its type. */
  abstract readonly typeName: string

  /** What `{{ x }}` prints. */
  abstract represent(render: Render): string

  /** An attribute that templates may read; undefined when there is none. */
  attribute(_name: string, _render: Render): Value | undefined {
    return undefined
  }

  /** Its items in order; undefined when it cannot be iterated. */
  iterate(_render: Render): Iterable<Value> | undefined {
    return undefined
  }

  /** Number of items; undefined when it has no length. */
  length(_render: Render): number | undefined {
    return undefined
  }

  /** Calls it; undefined when it is not callable. */
  get call(): ((render: Render, args: readonly Value[], keywords: Keywords) => Value) | undefined {
    return undefined
  }
}

/** A function that templates may call. */
export class Callable extends TemplateObject {
  readonly typeName: string = 'function'
  readonly name: string
  readonly #call: (render: Render, args: readonly Value[], keywords: Keywords) => Value

  constructor(
    name: string,
    call: (render: Render, args: readonly Value[], keywords: Keywords) => Value,
  ) {
    super()
    this.name = name
    this.#call = call
  }

  represent(): string {
    return `<function ${this.name}>`
  }

  override get call(): (render: Render, args: readonly Value[], keywords: Keywords) => Value {
    return this.#call
  }
}

/** A Python generator: its items are made when they are asked for, once. */
export class Generator extends TemplateObject {
  readonly typeName = 'generator'
  readonly #items: Iterator<Value, void>
  readonly #name: string

  constructor(name: string, items: Iterator<Value, void>) {
    super()
    this.#name = name
    this.#items = items
  }

  represent(): string {
    return `<generator object ${this.#name}>`
  }

  override *iterate(): Iterable<Value> {
    for (let next = this.#items.next(); !next.done; next = this.#items.next()) yield next.value
  }
}

export const noKeywords: Keywords = new Map()

/** Narrows to a list. */
export const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

/** The text of a str, Markup included; undefined for anything else. */
export function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof Markup ? value.text : undefined
}

/** `text` as Markup if `model` is Markup. */
export const textLike = (model: Value, text: string): string | Markup =>
  model instanceof Markup ? new Markup(text) : text

/** An int or a bool as an int; undefined for anything else. */
export function intOf(value: Value): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  return typeof value === 'boolean' ? Number(value) : undefined
}

/** Any number as one of JavaScript; undefined for anything else. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (value instanceof Float) return value.value
  const int = intOf(value)
  return int === undefined ? undefined : Number(int)
}

/** An int in its one form: a number when it is safe, else a bigint. */
export const toInt = (value: bigint): number | bigint =>
  value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value

/** Python's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'number':
    case 'bigint':
      return 'int'
    case 'string':
      return 'str'
  }
  if (value instanceof Float) return 'float'
  if (value instanceof Markup) return 'Markup'
  if (value instanceof Undefined) return 'Undefined'
  if (value instanceof Tuple) return 'tuple'
  return isList(value) ? 'list' : value.typeName
}
