import type { MergeTable } from './merge-table.ts'
import type { Vocabulary } from './vocabulary.ts'

const BITS = 20

/**
 * Where a text can be cut without changing what BPE makes of it: between two characters that no merge joins. A merge
 * joins the last character of its left part with the first of its right part, so pairs of such characters, as bits of
 * a hash table, are all that must be known; two pairs in one bit cost a cut, never a wrong one.
 */
export class CutTable {
  readonly bits: Int32Array

  constructor(bits: Int32Array) {
    this.bits = bits
  }

  /** True when a merge may join the UTF-16 units `before` and `after`. */
  joins(before: number, after: number): boolean {
    const hash = hashOf(before, after)
    return (this.bits[hash >>> 5]! & (1 << (hash & 31))) !== 0
  }

  /** Marks a pair of units. */
  add(before: number, after: number): void {
    const hash = hashOf(before, after)
    this.bits[hash >>> 5] = this.bits[hash >>> 5]! | (1 << (hash & 31))
  }
}

function hashOf(before: number, after: number): number {
  return Math.imul(Math.imul(before, 0x9e3779b1) ^ after, 0x85ebca6b) >>> (32 - BITS)
}

/**
 * The cuts of these merges; undefined when a part of a merge stands for another text than its own: `standIns` are the
 * ids of the unknown token and of bytes.
 */
export function cutTableOf(
  merges: MergeTable,
  vocabulary: Vocabulary,
  standIns: ReadonlySet<number>,
): CutTable | undefined {
  const table = new CutTable(new Int32Array(2 ** (BITS - 5)))
  const { slots } = merges
  for (let at = 0; at < slots.length; at += 4) {
    const left = slots[at]!
    if (left < 0) continue
    const right = slots[at + 1]!
    if (standIns.has(left) || standIns.has(right)) return undefined
    table.add(vocabulary.lastUnit(left), vocabulary.firstUnit(right))
  }
  return table
}
