import type { PrefixTrie } from '../models/prefix-trie.ts'

// Below the greater of two logarithms by more than this, the smaller one changes nothing.
const NEGLIGIBLE = 50

/** All ways to cut a text into pieces of a trie; single characters that are no piece are unknown, piece 0. */
export class Lattice {
  readonly #trie: PrefixTrie
  #size = 0
  // The pieces found, in the order of their starts.
  #count = 0
  #starts = new Int32Array(256)
  #ends = new Int32Array(256)
  #ids = new Int32Array(256)
  #scores = new Float64Array(256)
  // Per place: sums of probabilities from the left and from the right, or the best path up to it.
  #left = new Float64Array(64)
  #right = new Float64Array(64)
  #from = new Int32Array(64)

  constructor(trie: PrefixTrie) {
    this.#trie = trie
  }

  /** Finds all pieces of `text`; `unkScore` is that of an unknown character. */
  load(text: string, scores: Float64Array, unkScore: number): void {
    const trie = this.#trie
    this.#size = text.length
    this.#count = 0
    if (this.#left.length <= text.length) {
      this.#left = new Float64Array(2 * text.length)
      this.#right = new Float64Array(2 * text.length)
      this.#from = new Int32Array(2 * text.length)
    }
    for (let at = 0; at < text.length; ) {
      const width = text.codePointAt(at)! > 0xffff ? 2 : 1
      let hasCharacter = false
      let node = trie.root
      for (let to = at; to < text.length; ) {
        node = trie.step(node, text.charCodeAt(to))
        if (node < 0) break
        to++
        const id = trie.valueAt(node)
        if (id < 0) continue
        this.#add(at, to, id, scores[id]!)
        hasCharacter ||= to - at === width
      }
      if (!hasCharacter) this.#add(at, at + width, 0, unkScore)
      at += width
    }
  }

  /** Adds, for each piece, `weight` times the probability that it is a part of a random way to cut the text. */
  addExpected(weight: number, expected: Float64Array): void {
    const left = this.#left
    const right = this.#right
    const size = this.#size
    left.fill(-Infinity, 0, size + 1)
    right.fill(-Infinity, 0, size + 1)
    left[0] = 0
    right[size] = 0
    for (let i = 0; i < this.#count; i++) {
      const end = this.#ends[i]!
      left[end] = logAddExp(left[end]!, left[this.#starts[i]!]! + this.#scores[i]!)
    }
    for (let i = this.#count - 1; i >= 0; i--) {
      const start = this.#starts[i]!
      right[start] = logAddExp(right[start]!, right[this.#ends[i]!]! + this.#scores[i]!)
    }
    const all = left[size]!
    for (let i = 0; i < this.#count; i++) {
      const log = left[this.#starts[i]!]! + this.#scores[i]! + right[this.#ends[i]!]! - all
      expected[this.#ids[i]!]! += weight * Math.exp(log)
    }
  }

  /** The pieces of the best way to cut the text, from the right. */
  best(): number[] {
    return this.#bestPath(false)?.ids ?? []
  }

  /**
   * The best way to cut the text into several pieces. `beatsWhole` tells that it is better than the text as one
   * piece; undefined when there is no such way.
   */
  bestParts(): { ids: number[]; beatsWhole: boolean } | undefined {
    const parts = this.#bestPath(true)
    if (!parts) return undefined
    let whole = -Infinity
    for (let i = 0; i < this.#count && this.#starts[i] === 0; i++) {
      if (this.#ends[i] === this.#size) whole = this.#scores[i]!
    }
    return { ids: parts.ids, beatsWhole: parts.score > whole }
  }

  #bestPath(inParts: boolean): { ids: number[]; score: number } | undefined {
    const size = this.#size
    const best = this.#left
    const from = this.#from
    from.fill(-1, 0, size + 1)
    best[0] = 0
    for (let i = 0; i < this.#count; i++) {
      const start = this.#starts[i]!
      const end = this.#ends[i]!
      if (inParts && start === 0 && end === size) continue
      const score = best[start]! + this.#scores[i]!
      if (from[end]! < 0 || score > best[end]!) {
        best[end] = score
        from[end] = i
      }
    }
    if (from[size]! < 0) return undefined
    const ids: number[] = []
    for (let at = size; at > 0; at = this.#starts[from[at]!]!) ids.push(this.#ids[from[at]!]!)
    return { ids, score: best[size]! }
  }

  #add(start: number, end: number, id: number, score: number): void {
    const at = this.#count++
    if (at === this.#starts.length) this.#grow()
    this.#starts[at] = start
    this.#ends[at] = end
    this.#ids[at] = id
    this.#scores[at] = score
  }

  #grow(): void {
    const capacity = 2 * this.#starts.length
    const larger = <T extends Int32Array | Float64Array>(old: T, grown: T): T => {
      grown.set(old)
      return grown
    }
    this.#starts = larger(this.#starts, new Int32Array(capacity))
    this.#ends = larger(this.#ends, new Int32Array(capacity))
    this.#ids = larger(this.#ids, new Int32Array(capacity))
    this.#scores = larger(this.#scores, new Float64Array(capacity))
  }
}

/** log(exp(a) + exp(b)) without overflow. */
function logAddExp(a: number, b: number): number {
  const high = a > b ? a : b
  const low = a > b ? b : a
  return low < high - NEGLIGIBLE ? high : high + Math.log(Math.exp(low - high) + 1)
}
