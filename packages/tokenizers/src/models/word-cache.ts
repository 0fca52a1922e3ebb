const GENERATION = 16_384
const LONGEST = 96

/**
 * Remembers the ids of words. Two generations: when the young one is full it becomes the old one, and words that
 * are still met move back; so memory is bounded and a hit costs one or two look-ups.
 */
export class WordCache {
  #young = new Map<string, readonly number[]>()
  #old = new Map<string, readonly number[]>()

  get(word: string): readonly number[] | undefined {
    const hit = this.#young.get(word)
    if (hit) return hit
    const old = this.#old.get(word)
    if (old) this.#store(word, old)
    return old
  }

  set(word: string, ids: readonly number[]): void {
    // A slice keeps the whole text it was cut from alive; a copy does not.
    if (word.length <= LONGEST) this.#store(word.length > 12 ? copyOf(word) : word, ids)
  }

  #store(word: string, ids: readonly number[]): void {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(word, ids)
  }
}

const copyOf = (word: string): string => Buffer.from(word, 'utf16le').toString('utf16le')
