import { TokenizerError } from '../../errors.ts'
import { Dict } from './dict.ts'
import { Float, toInt, type Value } from './values.ts'

const MAX_DEPTH = 128

/**
 * Data of JavaScript as templates see it: a copy, of plain values alone (see {@link plainData}). Whole numbers are
 * ints; `undefined` is no key of an object and None in a list.
 */
export function fromHost(value: unknown): Value {
  return toValue(plainData(value))
}

function toValue(value: unknown): Value {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      // -0 is no int
      return Number.isSafeInteger(value) ? value + 0 : new Float(value)
    case 'bigint':
      return toInt(value)
  }
  if (value === null || value === undefined) return null
  if (value instanceof Float) return value
  if (Array.isArray(value)) return value.map(toValue)
  const dict = new Dict()
  const entries = value instanceof Map ? value : Object.entries(value)
  for (const [key, item] of entries) if (item !== undefined) dict.set(toValue(key), toValue(item))
  return dict
}

/**
 * A copy of data that holds nothing but texts, numbers, true and false, null, undefined, lists, Maps and plain
 * objects. What is no data (functions, binary data, ...) becomes a text such as `<Uint8Array>`, so that templates can tell that
 * it is there. Throws ERR_TEMPLATE_INPUT for data that nests too deep.
 */
export function plainData(value: unknown, depth = 0): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return `<${typeof value}>`
  if (typeof value !== 'object' || value === null || value instanceof Float) return value
  if (depth >= MAX_DEPTH) {
    throw new TokenizerError(
      'ERR_TEMPLATE_INPUT',
      `applyChatTemplate: messages and variables may nest ${MAX_DEPTH} levels at most; got more. Is there a cycle?`,
    )
  }
  if (Array.isArray(value)) return Array.from(value, (item) => plainData(item, depth + 1))
  if (value instanceof Map) {
    const entries = Array.from(value, ([key, item]) => [plainKey(key), plainData(item, depth + 1)])
    return new Map(entries as [unknown, unknown][])
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return plainData(value.toJSON(), depth + 1)
  }
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  if (tag !== 'Object') return `<${/^\w+$/.test(tag) ? tag : 'Object'}>`
  const entries = Object.entries(value).map(([key, item]) => [key, plainData(item, depth + 1)])
  return Object.fromEntries(entries)
}

const plainKey = (key: unknown): unknown =>
  typeof key === 'object' && key !== null ? '<object>' : plainData(key)
