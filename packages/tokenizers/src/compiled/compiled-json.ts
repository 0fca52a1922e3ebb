// The layout of a cache file: a header, then the JSON without its two big members and their typed arrays as they lie in
// memory, so that reading them is looking at them. All integers are of 32 bits in the byte order of the machine.
import type { JsonObject } from '../json.ts'
import { MergeTable } from '../models/merge-table.ts'
import { Vocabulary } from '../models/vocabulary.ts'
import { takeApart } from './read-tokenizer-json.ts'

/** Changes with every change of the layout or of what the arrays mean. */
export const compiledVersion = 1

/** A checksum of 32 bits, against accidents: who may write into the folder may do anything. */
export type Checksum = (bytes: Uint8Array) => number

const MAGIC = 0x4b544448 // HDTK
// magic, version and checksum; what it sums up: seed, hash of tokenizer.json, sizes of the sections in bytes, sections.
const SUMMED = 12
const KEY = 16
const SIZES = 48
const SECTIONS = 6
const BODY = SIZES + 4 * SECTIONS
const ALIGNMENT = 16

/** The cache file of a tokenizer.json read by `readTokenizerJson`, `key` being the 32 bytes of its hash; undefined when it has no use. */
export function compileJson(
  json: unknown,
  key: Uint8Array,
  checksum: Checksum,
): Uint8Array<ArrayBuffer> | undefined {
  const parts = takeApart(json)
  if (!parts) return undefined
  const { bytes, starts, ids, table, seed } = parts.vocabulary.arrays
  const shell = new TextEncoder().encode(JSON.stringify(parts.shell))
  const sections = [shell, bytes, starts, ids, table, parts.merges.slots]
  const size = sections.reduce((sum, section) => padded(sum + section.byteLength), padded(BODY))
  const file = new Uint8Array(size)
  new Uint32Array(file.buffer, 0, 4).set([MAGIC, compiledVersion, 0, seed])
  file.set(key, KEY)
  const sizes = sections.map((section) => section.byteLength)
  new Uint32Array(file.buffer, SIZES, SECTIONS).set(sizes)
  let at = padded(BODY)
  for (const section of sections) {
    file.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), at)
    at = padded(at + section.byteLength)
  }
  new Uint32Array(file.buffer, 0, 3)[2] = checksum(file.subarray(SUMMED))
  return file
}

/**
 * What `readTokenizerJson` returned for the file with the hash `key`; undefined when these are not the bytes of its
 * cache file, of this version and machine and without a fault. The arrays lie in `file`, which must begin its buffer.
 */
export function openCompiled(
  file: Uint8Array<ArrayBuffer>,
  key: Uint8Array,
  checksum: Checksum,
): JsonObject | undefined {
  if (file.length < padded(BODY) || file.byteOffset !== 0) return undefined
  const [magic, version, sum, seed] = new Uint32Array(file.buffer, 0, 4)
  if (magic !== MAGIC || version !== compiledVersion) return undefined
  if (!isSame(file.subarray(KEY, SIZES), key)) return undefined
  const sizes = new Uint32Array(file.buffer, SIZES, SECTIONS)
  const places: number[] = []
  let at = padded(BODY)
  for (const size of sizes) {
    places.push(at)
    at = padded(at + size)
  }
  if (at !== file.length) return undefined
  if (sum !== checksum(file.subarray(SUMMED))) return undefined
  const bytesOf = (i: number) => new Uint8Array(file.buffer, places[i], sizes[i])
  const numbersOf = (i: number) => new Int32Array(file.buffer, places[i], sizes[i]! / 4)
  const shell = JSON.parse(new TextDecoder().decode(bytesOf(0))) as {
    readonly model: Record<string, unknown>
  }
  shell.model.vocab = new Vocabulary({
    bytes: bytesOf(1),
    starts: numbersOf(2),
    ids: numbersOf(3),
    table: numbersOf(4),
    seed: seed!,
  })
  shell.model.merges = new MergeTable(numbersOf(5))
  return shell
}

const padded = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
