import { PairCounts } from './pair-counts.ts'
import { PairQueue, type WordList } from './pair-queue.ts'
import type { Pace } from './pace.ts'

// Between two looks at the clock.
const WORDS_A_LOOK = 2048

/** Words as lists of symbols, in which pairs of neighbours become one symbol, and the pairs that are left. */
export class MergeWords {
  readonly #symbols: Int32Array
  // Where the symbols of each word begin; words shrink in place.
  readonly #begins: Int32Array
  readonly #sizes: Int32Array
  readonly #counts: readonly number[]
  readonly #pairs = new PairCounts()
  readonly #queue = new PairQueue(this.#pairs)
  /** Characters in each symbol, and the sum from which on two symbols are not counted as a pair. */
  readonly #lengths: number[]
  readonly #maxLength: number

  constructor(
    symbols: Int32Array,
    begins: Int32Array,
    counts: readonly number[],
    { lengths, maxLength }: { lengths: number[]; maxLength: number },
  ) {
    this.#symbols = symbols
    this.#begins = begins
    this.#counts = counts
    this.#sizes = new Int32Array(counts.length)
    for (let i = 0; i < counts.length; i++) this.#sizes[i] = begins[i + 1]! - begins[i]!
    this.#lengths = lengths
    this.#maxLength = maxLength
  }

  /** Counts all pairs and queues them. */
  async countPairs(pace: Pace): Promise<void> {
    const { length } = this.#counts
    const symbols = this.#symbols
    const pairs = this.#pairs
    const pairAt = new Int32Array(symbols.length)
    // How many words each pair is in, and the last of them plus one.
    const uses: number[] = []
    const last: number[] = []
    for (let word = 0; word < length; word++) {
      for (let i = this.#begins[word]!; i + 1 < this.#begins[word + 1]!; i++) {
        const pair = pairs.indexOf(symbols[i]!, symbols[i + 1]!)
        pairAt[i] = pair
        pairs.add(pair, this.#counts[word]!)
        if (last[pair] === word + 1) continue
        last[pair] = word + 1
        uses[pair] = (uses[pair] ?? 0) + 1
      }
      if (word % WORDS_A_LOOK === 0 && pace.isDue) await pace.rest('pairs', word, length)
    }
    const from = new Int32Array(pairs.size + 1)
    for (let pair = 0; pair < pairs.size; pair++) from[pair + 1] = from[pair]! + uses[pair]!
    const words = new Int32Array(from[pairs.size]!)
    const next = from.slice()
    last.fill(0)
    for (let word = 0; word < length; word++) {
      for (let i = this.#begins[word]!; i + 1 < this.#begins[word + 1]!; i++) {
        const pair = pairAt[i]!
        if (last[pair] === word + 1) continue
        last[pair] = word + 1
        words[next[pair]!++] = word
      }
      if (word % WORDS_A_LOOK === 0 && pace.isDue) await pace.rest('pairs', length, length)
    }
    const known = pairs.size
    for (let pair = 0; pair < known; pair++) {
      if (pairs.countOf(pair) > 0)
        this.#queue.push(pair, words.subarray(from[pair], from[pair + 1]))
    }
  }

  /** The pair to merge next, with its count and the words to merge it in. */
  pop(): { left: number; right: number; count: number; words: WordList } | undefined {
    const top = this.#queue.pop()
    if (!top) return undefined
    const { pair, count, words } = top
    return { left: this.#pairs.leftOf(pair), right: this.#pairs.rightOf(pair), count, words }
  }

  /** Writes `left`, `right` as `merged` in these words and queues the pairs that come up. */
  async merge(
    left: number,
    right: number,
    merged: number,
    words: WordList,
    rest: () => Promise<void> | undefined,
  ): Promise<void> {
    this.#lengths[merged] = this.#lengths[left]! + this.#lengths[right]!
    const cameUp = new Map<number, number[]>()
    for (let i = 0; i < words.length; i++) {
      this.#mergeWord(left, right, merged, words[i]!, cameUp)
      if (i % WORDS_A_LOOK === WORDS_A_LOOK - 1) await rest()
    }
    for (const [pair, list] of cameUp) {
      if (this.#pairs.countOf(pair) > 0) this.#queue.push(pair, list)
    }
  }

  #mergeWord(
    left: number,
    right: number,
    merged: number,
    word: number,
    cameUp: Map<number, number[]>,
  ): void {
    const symbols = this.#symbols
    const begin = this.#begins[word]!
    const end = begin + this.#sizes[word]!
    let write = begin
    for (let read = begin; read < end; ) {
      if (symbols[read] !== left || read + 1 === end || symbols[read + 1] !== right) {
        symbols[write++] = symbols[read++]!
        continue
      }
      if (write > begin) {
        const before = symbols[write - 1]!
        this.#change(before, left, -1, word)
        if (this.#isShort(before, merged)) this.#comesUp(before, merged, word, cameUp)
      }
      read += 2
      if (read < end) {
        const after = symbols[read]!
        this.#change(right, after, -1, word)
        if (this.#isShort(after, merged)) this.#comesUp(merged, after, word, cameUp)
      }
      symbols[write++] = merged
    }
    this.#sizes[word] = write - begin
  }

  #isShort(neighbour: number, merged: number): boolean {
    return this.#lengths[neighbour]! + this.#lengths[merged]! < this.#maxLength
  }

  #change(left: number, right: number, sign: number, word: number): number {
    const pair = this.#pairs.indexOf(left, right)
    this.#pairs.add(pair, sign * this.#counts[word]!)
    return pair
  }

  #comesUp(left: number, right: number, word: number, cameUp: Map<number, number[]>): void {
    const pair = this.#change(left, right, 1, word)
    const list = cameUp.get(pair)
    if (!list) cameUp.set(pair, [word])
    else if (list[list.length - 1] !== word) list.push(word)
  }
}
