/** How often each pair of neighbours occurs: an open hash table in typed arrays, with a fixed number per pair. */
export class PairCounts {
  #slots = new Int32Array(1024)
  #lefts = new Int32Array(512)
  #rights = new Int32Array(512)
  #counts = new Float64Array(512)
  #size = 0

  /** Number of different pairs. */
  get size(): number {
    return this.#size
  }

  /** The number of a pair; a new pair is counted from 0. */
  indexOf(left: number, right: number): number {
    const mask = this.#slots.length - 1
    let slot = hash(left, right) & mask
    for (;;) {
      const index = this.#slots[slot]! - 1
      if (index < 0) break
      if (this.#lefts[index] === left && this.#rights[index] === right) return index
      slot = (slot + 1) & mask
    }
    const index = this.#size++
    if (index === this.#lefts.length) this.#grow()
    this.#lefts[index] = left
    this.#rights[index] = right
    if (2 * this.#size > this.#slots.length) this.#rehash()
    else this.#slots[slot] = index + 1
    return index
  }

  leftOf(index: number): number {
    return this.#lefts[index]!
  }

  rightOf(index: number): number {
    return this.#rights[index]!
  }

  countOf(index: number): number {
    return this.#counts[index]!
  }

  add(index: number, change: number): void {
    this.#counts[index]! += change
  }

  #grow(): void {
    const capacity = 2 * this.#lefts.length
    const larger = <T extends Int32Array | Float64Array>(old: T, grown: T): T => {
      grown.set(old)
      return grown
    }
    this.#lefts = larger(this.#lefts, new Int32Array(capacity))
    this.#rights = larger(this.#rights, new Int32Array(capacity))
    this.#counts = larger(this.#counts, new Float64Array(capacity))
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length)
    const mask = this.#slots.length - 1
    for (let index = 0; index < this.#size; index++) {
      let slot = hash(this.#lefts[index]!, this.#rights[index]!) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = index + 1
    }
  }
}

function hash(left: number, right: number): number {
  let value = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)
  value ^= value >>> 15
  value = Math.imul(value, 0x2c1b3c6d)
  return value ^ (value >>> 13)
}
