const EMPTY = -1

/** Pairs of token ids with the rank and the result of their merge: an open hash table without objects. */
export class MergeTable {
  readonly #mask: number
  readonly #left: Int32Array
  readonly #right: Int32Array
  readonly #rank: Int32Array
  readonly #result: Int32Array

  constructor(pairs: number) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(8, pairs * 2)))
    this.#mask = capacity - 1
    this.#left = new Int32Array(capacity).fill(EMPTY)
    this.#right = new Int32Array(capacity)
    this.#rank = new Int32Array(capacity)
    this.#result = new Int32Array(capacity)
  }

  /** Sets a merge; the last one wins for a pair given twice. */
  set(left: number, right: number, rank: number, result: number): void {
    let slot = this.#start(left, right)
    while (
      this.#left[slot] !== EMPTY &&
      !(this.#left[slot] === left && this.#right[slot] === right)
    ) {
      slot = (slot + 1) & this.#mask
    }
    this.#left[slot] = left
    this.#right[slot] = right
    this.#rank[slot] = rank
    this.#result[slot] = result
  }

  /** The slot of a pair, or -1. */
  find(left: number, right: number): number {
    let slot = this.#start(left, right)
    for (;;) {
      const found = this.#left[slot]!
      if (found === left && this.#right[slot] === right) return slot
      if (found === EMPTY) return -1
      slot = (slot + 1) & this.#mask
    }
  }

  rankAt(slot: number): number {
    return this.#rank[slot]!
  }

  resultAt(slot: number): number {
    return this.#result[slot]!
  }

  #start(left: number, right: number): number {
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0x2c1b3c6d)
    return (hash ^ (hash >>> 13)) & this.#mask
  }
}
