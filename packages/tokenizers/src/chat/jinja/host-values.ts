import { TokenizerError } from '../../errors.ts'
import { Dict } from './dict.ts'
import { Float, toInt, type Value } from './values.ts'

const MAX_DEPTH = 128

/**
 * Data of JavaScript as templates see it: a copy, of plain values alone. Whole numbers are ints; `undefined` is no key
 * of an object and None in a list; what is no data (functions, binary data, ...) becomes a text such as `<Uint8Array>`,
 * so that templates can tell that it is there. Throws ERR_TEMPLATE_INPUT for data that nests too deep.
 */
export function fromHost(value: unknown, depth = 0): Value {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      // -0 is no int
      return Number.isSafeInteger(value) ? value + 0 : new Float(value)
    case 'bigint':
      return toInt(value)
    case 'undefined':
      return null
    case 'function':
    case 'symbol':
      return `<${typeof value}>`
  }
  if (value === null || value instanceof Float) return value
  return fromObject(value as object, depth)
}

function fromObject(value: object, depth: number): Value {
  if (depth >= MAX_DEPTH) {
    throw new TokenizerError(
      'ERR_TEMPLATE_INPUT',
      `applyChatTemplate: messages and variables may nest ${MAX_DEPTH} levels at most; got more. Is there a cycle?`,
    )
  }
  if (Array.isArray(value)) return Array.from(value, (item) => fromHost(item, depth + 1))
  const dict = new Dict()
  if (value instanceof Map) {
    for (const [key, item] of value) dict.set(fromHost(key, MAX_DEPTH), fromHost(item, depth + 1))
    return dict
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return fromHost(value.toJSON(), depth + 1)
  }
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  if (tag !== 'Object') return `<${tag}>`
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) dict.set(key, fromHost(item, depth + 1))
  }
  return dict
}
