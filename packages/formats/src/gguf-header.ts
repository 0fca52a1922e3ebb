import type { NativeFile } from '@heddle/tensor/internal'
import { GGUFCursor } from './gguf-cursor.ts'
import { type GGUFMetadata, maxKeys, readMetadata, readName } from './gguf-metadata.ts'
import { type StoredGGUFType, storedGGUFType, storedGGUFTypes } from './gguf-types.ts'
import { quote } from './quote.ts'

/** A tensor of a GGUF file. */
export interface GGUFTensorInfo {
  readonly name: string
  readonly type: StoredGGUFType
  /** Rows first: the file's own list, turned around. */
  readonly shape: readonly number[]
  /** From the start of the file. */
  readonly byteOffset: number
  readonly bytes: number
}

/** Everything in front of the data. */
export interface GGUFHeader {
  readonly version: number
  readonly alignment: number
  readonly metadata: GGUFMetadata
  readonly tensors: readonly GGUFTensorInfo[]
}

/** Most tensors of a file; real ones have a few thousand. */
export const maxTensors = 2 ** 20
const maxNameBytes = 1024
const leastKey = 8 + 1 + 4 + 1
const leastTensor = 8 + 1 + 4 + 8 + 4 + 8

/** Reads and checks the header of a GGUF file of version 2 or 3. */
export function readGGUFHeader(file: NativeFile): GGUFHeader {
  const cursor = new GGUFCursor(file)
  const version = readVersion(cursor)
  const tensorCount = countOf(cursor, 'the number of tensors', leastTensor, maxTensors)
  const keyCount = countOf(cursor, 'the number of keys', leastKey, maxKeys)
  const metadata = readMetadata(cursor, keyCount)
  const alignment = readAlignment(cursor, metadata)
  const rows: Row[] = []
  const names = new Set<string>()
  let end = 0
  for (let i = 0; i < tensorCount; i++) {
    const row = readRow(cursor, i)
    if (names.size === names.add(row.name).size) {
      throw cursor.fault('ERR_FORMAT_DUPLICATE', 'a tensor must occur once', quote(row.name))
    }
    // As llama.cpp demands it: in order, each at the first aligned byte behind the one before.
    const start = aligned(end, alignment)
    if (row.offset !== start) {
      const rule = `tensor ${quote(row.name)} must begin at offset ${start}, behind the one before it`
      throw cursor.fault('ERR_FORMAT_OFFSETS', rule, String(row.offset))
    }
    end = start + row.bytes
    if (!Number.isSafeInteger(end)) throw overflow(cursor, 'all tensors together', 'more')
    rows.push(row)
  }
  const dataStart = aligned(cursor.position, alignment)
  checkEnd(cursor, dataStart, end, alignment)
  const tensors = rows.map(({ name, type, shape, offset, bytes }) => {
    return { name, type, shape, byteOffset: dataStart + offset, bytes }
  })
  return { version, alignment, metadata, tensors }
}

function readVersion(cursor: GGUFCursor): number {
  const magic = cursor.u32('the magic number')
  if (magic !== 0x46554747) {
    const hex = magic.toString(16).padStart(8, '0')
    throw cursor.fault('ERR_FORMAT_MAGIC', 'the file must begin with GGUF', `0x${hex}`, 0)
  }
  const version = cursor.u32('the version')
  if (version === 2 || version === 3) return version
  const isSwapped = version !== 0 && (version & 0xffff) === 0
  const got = isSwapped ? 'one of the other byte order' : String(version)
  throw cursor.fault('ERR_FORMAT_VERSION', 'the version must be 2 or 3, little endian', got, 4)
}

function countOf(cursor: GGUFCursor, what: string, least: number, most: number): number {
  const at = cursor.position
  const count = cursor.count(what, least)
  if (count <= most) return count
  throw cursor.fault('ERR_FORMAT_LIMIT', `${what} may be ${most}`, String(count), at)
}

function readAlignment(cursor: GGUFCursor, { values, types }: GGUFMetadata): number {
  const key = 'general.alignment'
  const value = values.get(key)
  if (value === undefined) return 32
  const isPower = typeof value === 'number' && value >= 8 && value <= 65536
  if (types.get(key) === 'u32' && isPower && Number.isInteger(Math.log2(value))) return value
  const rule = `${key} must be a power of two from 8 to 65536, as u32`
  throw cursor.fault('ERR_FORMAT_ALIGNMENT', rule, `${quote(value)} as ${types.get(key)}`)
}

interface Row {
  readonly name: string
  readonly type: StoredGGUFType
  readonly shape: readonly number[]
  /** From the start of the data. */
  readonly offset: number
  readonly bytes: number
}

function readRow(cursor: GGUFCursor, index: number): Row {
  const name = readName(cursor, `the name of tensor ${index}`, maxNameBytes)
  const where = `tensor ${quote(name)}`
  const rank = cursor.u32(`the rank of ${where}`)
  if (rank < 1 || rank > 4) {
    throw cursor.fault('ERR_FORMAT_SHAPE', `${where} must have 1 to 4 dimensions`, String(rank))
  }
  const shape: number[] = []
  let size = 1
  for (let axis = 0; axis < rank; axis++) {
    const dim = cursor.u64(`a dimension of ${where}`)
    if (dim === 0) {
      throw cursor.fault('ERR_FORMAT_SHAPE', `dimensions of ${where} must be above 0`, '0')
    }
    size *= Number(dim)
    if (typeof dim !== 'number' || !Number.isSafeInteger(size)) {
      throw overflow(cursor, where, `dimension ${dim} after [${shape.join(', ')}]`)
    }
    shape.push(dim)
  }
  const id = cursor.u32(`the type of ${where}`)
  const type = storedGGUFType(id)
  if (type === undefined) {
    throw cursor.fault('ERR_FORMAT_DTYPE', `${where} must be of a type that is known`, `type ${id}`)
  }
  const block = storedGGUFTypes[type]
  if (shape[0]! % block.values !== 0) {
    const rule = `rows of ${where} must be blocks of ${block.values} values (${type})`
    throw cursor.fault('ERR_FORMAT_SHAPE', rule, `${shape[0]}`)
  }
  const bytes = (size / block.values) * block.bytes
  if (!Number.isSafeInteger(bytes)) throw overflow(cursor, where, `[${shape.join(', ')}]`)
  const offset = cursor.u64(`the offset of ${where}`)
  if (typeof offset !== 'number') {
    throw cursor.fault('ERR_FORMAT_OFFSETS', `${where} must lie inside the file`, `${offset}`)
  }
  return { name, type, shape: shape.reverse(), offset, bytes }
}

function overflow(cursor: GGUFCursor, where: string, got: string) {
  return cursor.fault('ERR_FORMAT_OVERFLOW', `${where} must be smaller than 2^53 bytes`, got)
}

/** The data ends the file, but for the gap up to the next aligned byte, which may be there or not. */
function checkEnd(cursor: GGUFCursor, start: number, length: number, alignment: number): void {
  const size = cursor.position + cursor.remaining
  const end = start + length
  if (length > 0 && end > size) {
    const rule = `the data must lie inside the file's ${size} bytes`
    throw cursor.fault('ERR_FORMAT_TRUNCATED', rule, `an end at ${end}`)
  }
  if (size > aligned(end, alignment)) {
    const got = `${size - end} bytes behind it`
    throw cursor.fault('ERR_FORMAT_TRAILING', 'the last tensor must end the file', got, end)
  }
}

const aligned = (offset: number, alignment: number) => Math.ceil(offset / alignment) * alignment
