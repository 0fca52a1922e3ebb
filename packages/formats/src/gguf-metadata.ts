import type { GGUFCursor } from './gguf-cursor.ts'
import { quote } from './quote.ts'

/** Types of metadata values by their number in a file. */
export const ggufValueTypes = [
  ...(['u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'f32', 'bool', 'string', 'array'] as const),
  ...(['u64', 'i64', 'f64'] as const),
] as const

/** Name of the type of a metadata value. */
export type GGUFValueType = (typeof ggufValueTypes)[number]

/** A list of one type: numbers as typed arrays. */
export type GGUFArray =
  | readonly string[]
  | readonly boolean[]
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array

/** A metadata value; integers of 64 bits are bigints where a number would not be exact. */
export type GGUFValue = number | bigint | boolean | string | GGUFArray

/** Most keys of a file; real ones have about 50. */
export const maxKeys = 2 ** 16
const maxKeyBytes = 65_535

const arrays = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
  u64: BigUint64Array,
  i64: BigInt64Array,
} as const

/** Keys and values of a header, with the type that each was written in. */
export interface GGUFMetadata {
  readonly values: ReadonlyMap<string, GGUFValue>
  readonly types: ReadonlyMap<string, GGUFValueType>
}

/** Reads `count` pairs. */
export function readMetadata(cursor: GGUFCursor, count: number): GGUFMetadata {
  const values = new Map<string, GGUFValue>()
  const types = new Map<string, GGUFValueType>()
  for (let i = 0; i < count; i++) {
    const at = cursor.position
    const key = readName(cursor, `key ${i}`, maxKeyBytes)
    if (values.has(key)) {
      throw cursor.fault('ERR_FORMAT_DUPLICATE', 'a key must occur once', quote(key), at)
    }
    const where = `the value of ${quote(key)}`
    const type = readType(cursor, where)
    types.set(key, type)
    values.set(key, type === 'array' ? readArray(cursor, where) : readScalar(cursor, type, where))
  }
  return { values, types }
}

/** A name of a key or a tensor: some text without NUL. */
export function readName(cursor: GGUFCursor, what: string, most: number): string {
  const at = cursor.position
  const name = cursor.text(what, most)
  if (name !== '' && !name.includes('\0')) return name
  const rule = `${what} must be a name without NUL`
  throw cursor.fault('ERR_FORMAT_NAME', rule, name === '' ? 'nothing' : quote(name), at)
}

function readType(cursor: GGUFCursor, where: string): GGUFValueType {
  const at = cursor.position
  const number = cursor.u32(`the type of ${where}`)
  const type = ggufValueTypes[number]
  if (type !== undefined) return type
  const rule = `${where} must have a type from 0 to ${ggufValueTypes.length - 1}`
  throw cursor.fault('ERR_FORMAT_METADATA', rule, String(number), at)
}

function readScalar(
  cursor: GGUFCursor,
  type: Exclude<GGUFValueType, 'array'>,
  where: string,
): GGUFValue {
  if (type === 'string') return cursor.text(where)
  if (type !== 'bool') return cursor[type](where)
  const at = cursor.position
  return isTrue(cursor, cursor.u8(where), where, at)
}

function isTrue(cursor: GGUFCursor, byte: number, where: string, at: number): boolean {
  if (byte <= 1) return byte === 1
  throw cursor.fault('ERR_FORMAT_METADATA', `${where} must be 0 or 1`, String(byte), at)
}

function readArray(cursor: GGUFCursor, where: string): GGUFArray {
  const at = cursor.position
  const type = readType(cursor, `an entry of ${where}`)
  const what = `the entries of ${where}`
  if (type === 'array') {
    const rule = `${where} must be a list of plain values`
    throw cursor.fault('ERR_FORMAT_METADATA', rule, 'a list of lists', at)
  }
  if (type === 'string') return cursor.texts(cursor.count(what, 8), where)
  if (type === 'bool') {
    const bytes = new Uint8Array(cursor.count(what, 1))
    cursor.fill(bytes)
    return Array.from(bytes, (byte) => isTrue(cursor, byte, `an entry of ${where}`, at))
  }
  const values = new arrays[type](cursor.count(what, arrays[type].BYTES_PER_ELEMENT))
  cursor.fill(new Uint8Array(values.buffer))
  return values
}
