const MOST_WORDS = 1 << 16
const LONGEST = 128
const MOST_PROBES = 16
const FIELDS = 4

/**
 * Remembers the ids of words by their UTF-16 units, without a string or an array per word. Two generations: when the
 * young one is full it becomes the old one, and words that are still met move back; so memory is bounded, and so is
 * the time of a look-up whatever the words are.
 */
export class WordCache {
  #young: Generation
  #old: Generation | undefined

  constructor() {
    this.#young = new Generation(Math.floor(Math.random() * 2 ** 31))
  }

  /** Appends the ids of the word [start, end) of `text` to `ids`; false when it is not known. */
  copy(text: string, start: number, end: number, ids: number[]): boolean {
    if (end - start > LONGEST) return false
    const hash = this.#young.hash(text, start, end)
    if (this.#young.copy(hash, text, start, end, ids)) return true
    if (this.#old === undefined) return false
    const from = ids.length
    if (!this.#old.copy(hash, text, start, end, ids)) return false
    this.#store(hash, text, start, end, ids, from)
    return true
  }

  /** Remembers the ids from `from` on as those of the word [start, end) of `text`. */
  add(text: string, start: number, end: number, ids: readonly number[], from: number): void {
    if (end - start > LONGEST) return
    this.#store(this.#young.hash(text, start, end), text, start, end, ids, from)
  }

  #store(
    hash: number,
    text: string,
    start: number,
    end: number,
    ids: readonly number[],
    from: number,
  ): void {
    if (this.#young.count >= MOST_WORDS) {
      const used = this.#old
      this.#old = this.#young
      used?.clear()
      this.#young = used ?? new Generation(this.#young.seed)
    }
    this.#young.add(hash, text, start, end, ids, from)
  }
}

class Generation {
  readonly seed: number
  count = 0
  // Per slot: hash; where its units begin in #units; length + 256 * number of ids (0 is an empty slot); the id when
  // there is one alone, else where they begin in #ids.
  #slots = new Int32Array(FIELDS << 10)
  #mask = (1 << 10) - 1
  #units = new Uint16Array(1 << 12)
  #unitCount = 0
  #ids = new Int32Array(1 << 10)
  #idCount = 0

  constructor(seed: number) {
    this.seed = seed
  }

  hash(text: string, start: number, end: number): number {
    let hash = this.seed
    for (let i = start; i < end; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return hash
  }

  copy(hash: number, text: string, start: number, end: number, ids: number[]): boolean {
    const slots = this.#slots
    const length = end - start
    let slot = hash & this.#mask
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      const at = slot * FIELDS
      const sizes = slots[at + 2]!
      if (sizes === 0) return false
      if (slots[at] === hash && (sizes & 255) === length && this.#isWord(at, text, start, length)) {
        const count = sizes >> 8
        const value = slots[at + 3]!
        if (count === 1) ids.push(value)
        else for (let i = 0; i < count; i++) ids.push(this.#ids[value + i]!)
        return true
      }
      slot = (slot + 1) & this.#mask
    }
    return false
  }

  #isWord(at: number, text: string, start: number, length: number): boolean {
    const units = this.#units
    const from = this.#slots[at + 1]!
    for (let i = 0; i < length; i++) {
      if (units[from + i] !== text.charCodeAt(start + i)) return false
    }
    return true
  }

  add(
    hash: number,
    text: string,
    start: number,
    end: number,
    ids: readonly number[],
    from: number,
  ): void {
    if (this.count * 2 > this.#mask) this.#grow()
    const count = ids.length - from
    const length = end - start
    const at = this.#freeSlot(hash)
    // Too many words in one place: one more would make them slower still.
    if (at < 0) return
    this.#reserve(length, count)
    this.#slots[at] = hash
    this.#slots[at + 1] = this.#unitCount
    this.#slots[at + 2] = length | (count << 8)
    if (count === 1) this.#slots[at + 3] = ids[from]!
    else {
      this.#slots[at + 3] = this.#idCount
      for (let i = 0; i < count; i++) this.#ids[this.#idCount++] = ids[from + i]!
    }
    for (let i = 0; i < length; i++) this.#units[this.#unitCount++] = text.charCodeAt(start + i)
    this.count++
  }

  /** Forgets everything and keeps the memory. */
  clear(): void {
    this.#slots.fill(0)
    this.count = this.#unitCount = this.#idCount = 0
  }

  #freeSlot(hash: number): number {
    let slot = hash & this.#mask
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      if (this.#slots[slot * FIELDS + 2] === 0) return slot * FIELDS
      slot = (slot + 1) & this.#mask
    }
    return -1
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2)
    this.#mask = this.#mask * 2 + 1
    let count = 0
    for (let from = 0; from < old.length; from += FIELDS) {
      if (old[from + 2] === 0) continue
      const to = this.#freeSlot(old[from]!)
      if (to < 0) continue
      this.#slots.set(old.subarray(from, from + FIELDS), to)
      count++
    }
    this.count = count
  }

  #reserve(units: number, ids: number): void {
    if (this.#unitCount + units > this.#units.length) {
      const larger = new Uint16Array(this.#units.length * 2)
      larger.set(this.#units)
      this.#units = larger
    }
    if (this.#idCount + ids > this.#ids.length) {
      const larger = new Int32Array(this.#ids.length * 2 + ids)
      larger.set(this.#ids)
      this.#ids = larger
    }
  }
}
