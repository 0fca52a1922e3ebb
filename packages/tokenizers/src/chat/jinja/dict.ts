import type { Render } from './render.ts'
import { representItems, represent } from './represent.ts'
import { templateFault } from './template-fault.ts'
import {
  Float,
  isList,
  Markup,
  TemplateObject,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

type Key = string | number | bigint | null | symbol | object

const undefinedKey = Symbol('Undefined')

/** A Python dict; 1, 1.0 and true are one key. */
export class Dict extends TemplateObject {
  readonly typeName = 'dict'
  readonly #entries = new Map<Key, readonly [key: Value, value: Value]>()

  get size(): number {
    return this.#entries.size
  }

  /** The value of a key; undefined when there is none. Throws TypeError for a key that cannot be one. */
  get(key: Value): Value | undefined {
    return this.#entries.get(typeof key === 'string' && key[0] !== '\0' ? key : hashed(key))?.[1]
  }

  has(key: Value): boolean {
    return this.#entries.has(hashed(key))
  }

  set(key: Value, value: Value): void {
    const hash = hashed(key)
    const old = this.#entries.get(hash)
    this.#entries.set(hash, [old ? old[0] : key, value])
  }

  entries(): Iterable<readonly [key: Value, value: Value]> {
    return this.#entries.values()
  }

  *keys(): Iterable<Value> {
    for (const [key] of this.#entries.values()) yield key
  }

  *values(): Iterable<Value> {
    for (const [, value] of this.#entries.values()) yield value
  }

  represent(render: Render): string {
    const parts: string[] = []
    for (const [key, value] of this.entries()) {
      parts.push(`${represent(render, key)}: ${represent(render, value)}`)
    }
    return `{${parts.join(', ')}}`
  }

  override iterate(): Iterable<Value> {
    return this.keys()
  }

  override length(): number {
    return this.size
  }
}

/** What `keys()`, `values()` and `items()` of a dict return. */
export class DictView extends TemplateObject {
  readonly typeName: string
  readonly dict: Dict
  readonly #part: 'keys' | 'values' | 'items'

  constructor(dict: Dict, part: 'keys' | 'values' | 'items') {
    super()
    this.dict = dict
    this.typeName = `dict_${part}`
    this.#part = part
  }

  represent(render: Render): string {
    return `${this.typeName}([${representItems(render, this.iterate())}])`
  }

  override *iterate(): Iterable<Value> {
    if (this.#part === 'keys') yield* this.dict.keys()
    else if (this.#part === 'values') yield* this.dict.values()
    else for (const [key, value] of this.dict.entries()) yield new Tuple([key, value])
  }

  override length(): number {
    return this.dict.size
  }
}

/**
 * What a Map of JavaScript can tell apart as Python tells values apart. Throws TypeError for values that Python does
 * not hash.
 */
export function hashed(value: Value): Key {
  if (value === null) return value
  switch (typeof value) {
    case 'string':
      // Strings of our own making below begin with NUL.
      return value[0] === '\0' ? `\0s${value}` : value
    case 'number':
    case 'bigint':
      return value
    case 'boolean':
      return Number(value)
  }
  if (value instanceof Float) {
    const { value: number } = value
    if (!Number.isInteger(number)) return number
    return Number.isSafeInteger(number) ? number + 0 : BigInt(number)
  }
  if (value instanceof Markup) return hashed(value.text)
  if (value instanceof Undefined) return undefinedKey
  if (value instanceof Tuple) return `\0t${value.items.map(hashText).join('')}`
  if (isList(value) || value instanceof Dict) {
    throw templateFault('TypeError', `unhashable type: '${typeName(value)}'`)
  }
  return value
}

const objectNumbers = new WeakMap<object, number>()
let nextObject = 0

// One item of a tuple, so written that no two tuples share a text.
function hashText(item: Value): string {
  const hash = hashed(item)
  if (typeof hash === 'object' && hash !== null) {
    const known = objectNumbers.get(hash) ?? nextObject++
    objectNumbers.set(hash, known)
    return `o${known};`
  }
  const text = String(hash)
  return `${(typeof hash)[0]}${text.length}:${text};`
}
