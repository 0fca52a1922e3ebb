// The upper bits of the hash are for the filter: 18 for its word, five below them for the bit; shifts count modulo 32.
const FILTER_WORD = 14
const FILTER_BIT = 9
// Number of slots' fields from which on look-ups leave the nearer caches.
const LARGE = 4 << 18

/** Pairs of token ids with the rank and the result of their merge: an open hash table without objects. */
export class MergeTable {
  /** left + 1 (0 is an empty slot), right, rank, result, side by side so that a look-up touches one line of memory. */
  readonly slots: Int32Array
  readonly #mask: number
  // Of a large table: a bit for each pair that is there, small enough to stay near, for most pairs asked for are not.
  #filter: Int32Array | null | undefined

  /** An empty table with room for so many pairs, or the table that these slots are. */
  constructor(pairs: number | Int32Array) {
    if (typeof pairs !== 'number') this.slots = pairs
    else {
      let capacity = 8
      while (capacity * 0.7 < pairs) capacity *= 2
      this.slots = new Int32Array(4 * capacity)
    }
    this.#mask = this.slots.length / 4 - 1
  }

  /** Sets a merge; the last one wins for a pair given twice. */
  set(left: number, right: number, rank: number, result: number): void {
    const { slots } = this
    let at = (hashOf(left, right) & this.#mask) << 2
    while (slots[at] !== 0 && !(slots[at] === left + 1 && slots[at + 1] === right)) {
      at = this.#after(at)
    }
    if (this.#filter) note(this.#filter, hashOf(left, right))
    slots[at] = left + 1
    slots[at + 1] = right
    slots[at + 2] = rank
    slots[at + 3] = result
  }

  /** Where the pair lies in `slots`, or -1. */
  find(left: number, right: number): number {
    const hash = hashOf(left, right)
    const filter = this.#filter === undefined ? this.#readFilter() : this.#filter
    if (filter !== null && (filter[hash >>> FILTER_WORD]! & (1 << (hash >>> FILTER_BIT))) === 0) {
      return -1
    }
    const { slots } = this
    let at = (hash & this.#mask) << 2
    for (;;) {
      const found = slots[at]!
      if (found === left + 1 && slots[at + 1] === right) return at
      if (found === 0) return -1
      at = this.#after(at)
    }
  }

  /** The merges in the order of their ranks, as flat left and right ids. */
  pairs(): Int32Array {
    const { slots } = this
    const ranks: number[] = []
    for (let at = 0; at < slots.length; at += 4) if (slots[at] !== 0) ranks.push(at)
    ranks.sort((a, b) => slots[a + 2]! - slots[b + 2]!)
    const result = new Int32Array(2 * ranks.length)
    ranks.forEach((at, i) => {
      result[2 * i] = slots[at]! - 1
      result[2 * i + 1] = slots[at + 1]!
    })
    return result
  }

  #readFilter(): Int32Array | null {
    const { slots } = this
    if (slots.length < LARGE) return (this.#filter = null)
    const filter = new Int32Array(2 ** (32 - FILTER_WORD))
    for (let at = 0; at < slots.length; at += 4) {
      if (slots[at] === 0) continue
      note(filter, hashOf(slots[at]! - 1, slots[at + 1]!))
    }
    return (this.#filter = filter)
  }

  #after(at: number): number {
    return (at + 4) & ((this.#mask << 2) | 3)
  }
}

function note(filter: Int32Array, hash: number): void {
  const word = hash >>> FILTER_WORD
  filter[word] = filter[word]! | (1 << (hash >>> FILTER_BIT))
}

function hashOf(left: number, right: number): number {
  let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}
