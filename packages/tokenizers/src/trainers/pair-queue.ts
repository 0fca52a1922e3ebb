import type { PairCounts } from './pair-counts.ts'

/** Numbers of words. */
export type WordList = Int32Array | readonly number[]

/**
 * Pairs that wait to be merged, the most frequent first, of equals the one with the lower ids. An entry holds the
 * count from when it was pushed and the words in which the pair came up then; a pair may have several entries.
 */
export class PairQueue {
  readonly #pairs: PairCounts
  #heap = new Int32Array(1024)
  #size = 0
  #pairOf = new Int32Array(1024)
  #countOf = new Float64Array(1024)
  readonly #words: (WordList | undefined)[] = []

  constructor(pairs: PairCounts) {
    this.#pairs = pairs
  }

  get size(): number {
    return this.#size
  }

  push(pair: number, words: WordList): void {
    const entry = this.#words.length
    if (entry === this.#pairOf.length) this.#grow()
    this.#pairOf[entry] = pair
    this.#countOf[entry] = this.#pairs.countOf(pair)
    this.#words.push(words)
    this.#heap[this.#size++] = entry
    this.#rise(this.#size - 1)
  }

  /** Takes out the first entry whose count still holds; others go back to where they belong now. */
  pop(): { pair: number; count: number; words: WordList } | undefined {
    while (this.#size > 0) {
      const entry = this.#heap[0]!
      const pair = this.#pairOf[entry]!
      const count = this.#pairs.countOf(pair)
      if (count !== this.#countOf[entry]) {
        this.#countOf[entry] = count
        this.#sink(0)
        continue
      }
      this.#heap[0] = this.#heap[--this.#size]!
      if (this.#size > 0) this.#sink(0)
      const words = this.#words[entry]!
      this.#words[entry] = undefined
      return { pair, count, words }
    }
    return undefined
  }

  #isBefore(a: number, b: number): boolean {
    const more = this.#countOf[a]! - this.#countOf[b]!
    if (more !== 0) return more > 0
    const pairs = this.#pairs
    const first = this.#pairOf[a]!
    const second = this.#pairOf[b]!
    const left = pairs.leftOf(first) - pairs.leftOf(second)
    if (left !== 0) return left < 0
    const right = pairs.rightOf(first) - pairs.rightOf(second)
    return right !== 0 ? right < 0 : a < b
  }

  #rise(from: number): void {
    const heap = this.#heap
    const entry = heap[from]!
    let hole = from
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!this.#isBefore(entry, heap[parent]!)) break
      heap[hole] = heap[parent]!
      hole = parent
    }
    heap[hole] = entry
  }

  #sink(from: number): void {
    const heap = this.#heap
    const entry = heap[from]!
    let hole = from
    for (;;) {
      let child = 2 * hole + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!this.#isBefore(heap[child]!, entry)) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = entry
  }

  #grow(): void {
    const capacity = 2 * this.#pairOf.length
    const heap = new Int32Array(capacity)
    heap.set(this.#heap)
    this.#heap = heap
    const pairOf = new Int32Array(capacity)
    pairOf.set(this.#pairOf)
    this.#pairOf = pairOf
    const countOf = new Float64Array(capacity)
    countOf.set(this.#countOf)
    this.#countOf = countOf
  }
}
