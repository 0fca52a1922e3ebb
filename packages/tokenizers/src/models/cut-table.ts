// Where a text can be cut without changing what BPE makes of it: between two characters that no merge joins. A merge
// joins the end of its left part with the beginning of its right part, so pairs of such ends, as bits of a hash table,
// are all that must be known; two pairs in one bit cost a cut, never make a wrong one.
import type { MergeTable } from './merge-table.ts'
import type { Vocabulary } from './vocabulary.ts'

const BITS = 20

class PairBits {
  readonly #bits = new Int32Array(2 ** (BITS - 5))

  has(before: number, after: number): boolean {
    const hash = hashOf(before, after)
    return (this.#bits[hash >>> 5]! & (1 << (hash & 31))) !== 0
  }

  add(before: number, after: number): void {
    const hash = hashOf(before, after)
    this.#bits[hash >>> 5] = this.#bits[hash >>> 5]! | (1 << (hash & 31))
  }
}

function hashOf(before: number, after: number): number {
  return Math.imul(Math.imul(before, 0x9e3779b1) ^ after, 0x85ebca6b) >>> (32 - BITS)
}

/** Tells where pieces of text can be cut. */
export interface Cuts {
  /** True when a merge may join the UTF-16 units `before` and `after`. */
  joins(before: number, after: number): boolean
}

/** Cuts of pieces that may be a token whatever the merges say. */
export interface ByteCuts extends Cuts {
  /** Number of UTF-16 units of the longest token that ends in a character of three bytes. */
  readonly longest: number
}

/**
 * The cuts of merges of characters; undefined when a part of a merge stands for another text than its own: `standIns`
 * are the ids of the unknown token and of bytes.
 */
export function characterCuts(
  merges: MergeTable,
  vocabulary: Vocabulary,
  standIns: ReadonlySet<number>,
): Cuts | undefined {
  const pairs = new PairBits()
  // Most of most texts is ASCII: there a small table answers.
  const ascii = new Uint8Array(1 << 14)
  const { slots } = merges
  for (let at = 0; at < slots.length; at += 4) {
    const left = slots[at]! - 1
    if (left < 0) continue
    const right = slots[at + 1]!
    if (standIns.has(left) || standIns.has(right)) return undefined
    const before = vocabulary.lastUnit(left)
    const after = vocabulary.firstUnit(right)
    if (before < 0x80 && after < 0x80) ascii[(before << 7) | after] = 1
    else pairs.add(before, after)
  }
  return {
    joins: (before, after) =>
      (before | after) < 0x80 ? ascii[(before << 7) | after] === 1 : pairs.has(before, after),
  }
}

/**
 * The cuts of merges of bytes, for characters of three bytes of UTF-8, surrogates aside. The left part of a merge may
 * end in a part of the character before the cut, the right part in one of the character behind it.
 */
export function byteCuts(merges: MergeTable, vocabulary: Vocabulary): ByteCuts {
  const pairs = new PairBits()
  const { slots } = merges
  const ends = new Map<number, number>()
  const beginnings = new Map<number, number>()
  for (let at = 0; at < slots.length; at += 4) {
    const left = slots[at]! - 1
    if (left < 0) continue
    const right = slots[at + 1]!
    let end = ends.get(left)
    if (end === undefined) ends.set(left, (end = endOf(vocabulary.rawBytes(left))))
    let beginning = beginnings.get(right)
    if (beginning === undefined) {
      beginnings.set(right, (beginning = beginningOf(vocabulary.rawBytes(right))))
    }
    if (end !== 0 && beginning !== 0) pairs.add(end, beginning)
  }
  let longest = 0
  for (const id of vocabulary.ids()) {
    const bytes = vocabulary.rawBytes(id)
    const end = bytes.length < 3 ? 0 : endOf(bytes)
    if (end >= 0xe00000) longest = Math.max(longest, unitsOf(bytes))
  }
  return {
    longest,
    joins(before, after) {
      const end = 0x80 | (before & 63)
      const middle = 0x80 | ((before >> 6) & 63)
      const lead = 0xe0 | (after >> 12)
      const second = 0x80 | ((after >> 6) & 63)
      const endTwo = (middle << 8) | end
      const endAll = ((0xe0 | (before >> 12)) << 16) | endTwo
      const leadTwo = (lead << 8) | second
      const leadAll = (leadTwo << 8) | 0x80 | (after & 63)
      return (
        pairs.has(endAll, leadAll) ||
        pairs.has(endAll, lead) ||
        pairs.has(endAll, leadTwo) ||
        pairs.has(end, leadAll) ||
        pairs.has(end, lead) ||
        pairs.has(end, leadTwo) ||
        pairs.has(endTwo, leadAll) ||
        pairs.has(endTwo, lead) ||
        pairs.has(endTwo, leadTwo)
      )
    },
  }
}

/** The bytes of the last character, or the continuation bytes there are of it; 0 when no character of three bytes ends there. */
function endOf(bytes: Uint8Array): number {
  let packed = 0
  for (let i = bytes.length - 1, shift = 0; i >= 0 && shift < 24; i--, shift += 8) {
    const byte = bytes[i]!
    packed |= byte << shift
    if ((byte & 0xc0) !== 0x80) return shift === 16 && byte >= 0xe0 && byte < 0xf0 ? packed : 0
  }
  // No lead byte: the end of a character that began before, when it is short enough.
  return bytes.length <= 2 ? packed : 0
}

/** The bytes of the first character, or as many as there are; 0 when no character of three bytes begins there. */
function beginningOf(bytes: Uint8Array): number {
  const lead = bytes[0]!
  if (lead < 0xe0 || lead > 0xef) return 0
  let packed = lead
  for (let i = 1; i < 3 && i < bytes.length; i++) packed = (packed << 8) | bytes[i]!
  return packed
}

function unitsOf(bytes: Uint8Array): number {
  let units = 0
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1
  return units
}
