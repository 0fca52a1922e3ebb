const MOST_WORDS = 1 << 17
const LONGEST = 128
const SHORT = 8
const MOST_PROBES = 16
const FIELDS = 4
// What SentencePiece's words begin with is packed as 1, so that they are short words too.
const MARK = 0x2581

/**
 * Remembers the ids of words by their UTF-16 units, without a string or an array per word. Two generations: when the
 * young one is full it becomes the old one, and words that are still met move back; so memory is bounded, and so is
 * the time of a look-up whatever the words are.
 */
export class WordCache {
  readonly #seed = Math.floor(Math.random() * 2 ** 31)
  #young = new Generation()
  #old: Generation | undefined
  // Of the last word asked for. Up to 8 units below 256, or marks, are packed into the key; of any other word it is a hash and 0.
  #low = 0
  #high = 0
  #isPacked = false
  // The ids of words of one unit that are one token each, plus 1; made when the first is met.
  #units: Int32Array | undefined

  /** Appends the ids of the word [start, end) of `text` to `ids`; false when it is not known. */
  copy(text: string, start: number, end: number, ids: number[]): boolean {
    if (end - start > LONGEST) return false
    if (end - start === 1 && this.#units !== undefined) {
      const known = this.#units[text.charCodeAt(start)]!
      if (known > 0) {
        ids.push(known - 1)
        return true
      }
    }
    this.#readKey(text, start, end)
    if (this.#copyFrom(this.#young, text, start, end, ids)) return true
    if (this.#old === undefined) return false
    const from = ids.length
    if (!this.#copyFrom(this.#old, text, start, end, ids)) return false
    this.#store(text, start, end, ids, from)
    return true
  }

  /** Remembers the ids from `from` on as those of the word [start, end) of `text`. */
  add(text: string, start: number, end: number, ids: readonly number[], from: number): void {
    if (end - start > LONGEST) return
    if (end - start === 1 && ids.length - from === 1) {
      this.#units ??= new Int32Array(0x10000)
      this.#units[text.charCodeAt(start)] = ids[from]! + 1
      return
    }
    this.#readKey(text, start, end)
    this.#store(text, start, end, ids, from)
  }

  #readKey(text: string, start: number, end: number): void {
    let low = 0
    if (end - start <= SHORT) {
      let high = 0
      let all = 0
      const middle = Math.min(start + 4, end)
      // Shifts count modulo 32.
      for (let i = start; i < middle; i++) {
        let unit = text.charCodeAt(i)
        if (unit === MARK) unit = 1
        else if (unit === 1) unit = 256
        all |= unit
        low |= unit << ((i - start) << 3)
      }
      for (let i = middle; i < end; i++) {
        let unit = text.charCodeAt(i)
        if (unit === MARK) unit = 1
        else if (unit === 1) unit = 256
        all |= unit
        high |= unit << ((i - start) << 3)
      }
      if (all < 256) {
        this.#low = low
        this.#high = high
        this.#isPacked = true
        return
      }
    }
    low = this.#seed
    for (let i = start; i < end; i++) {
      low = Math.imul(low ^ text.charCodeAt(i), 0x9e3779b1)
      low ^= low >>> 15
    }
    this.#low = low
    this.#high = 0
    this.#isPacked = false
  }

  #copyFrom(
    generation: Generation,
    text: string,
    start: number,
    end: number,
    ids: number[],
  ): boolean {
    const { slots, mask } = generation
    const low = this.#low
    const high = this.#high
    const kind = kindOf(end - start, this.#isPacked)
    let slot = placeOf(low, high, this.#seed)
    for (let probe = 0; probe < MOST_PROBES; probe++, slot++) {
      const at = (slot & mask) * FIELDS
      const found = slots[at + 2]!
      if (found === 0) return false
      if ((found & 0x1ff) !== kind || slots[at] !== low) continue
      if (this.#isPacked) {
        if (slots[at + 1] !== high) continue
      } else if (!generation.isWord(slots[at + 1]!, text, start, end)) continue
      const count = found >> 9
      const value = slots[at + 3]!
      if (count === 1) ids.push(value)
      else for (let i = 0; i < count; i++) ids.push(generation.ids[value + i]!)
      return true
    }
    return false
  }

  #store(text: string, start: number, end: number, ids: readonly number[], from: number): void {
    if (this.#young.count >= MOST_WORDS) {
      const used = this.#old
      this.#old = this.#young
      used?.clear()
      this.#young = used ?? new Generation()
    }
    const young = this.#young
    if (young.count * 2 > young.mask) young.grow(this.#seed)
    const at = young.freeSlot(placeOf(this.#low, this.#high, this.#seed))
    // Too many words in one place: one more would make them slower still.
    if (at < 0) return
    const { slots } = young
    const count = ids.length - from
    slots[at] = this.#low
    slots[at + 1] = this.#isPacked ? this.#high : young.keepUnits(text, start, end)
    slots[at + 2] = kindOf(end - start, this.#isPacked) | (count << 9)
    slots[at + 3] = count === 1 ? ids[from]! : young.keepIds(ids, from)
    young.count++
  }
}

// Length plus one, so that it is never 0, and whether the key is the word itself.
const kindOf = (length: number, isPacked: boolean): number =>
  isPacked ? (length + 1) | 256 : length + 1

function placeOf(low: number, high: number, seed: number): number {
  let hash = Math.imul(low ^ seed, 0x9e3779b1) ^ Math.imul(high ^ (low >>> 16), 0x85ebca6b)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

class Generation {
  count = 0
  mask = (1 << 10) - 1
  // Per slot: first half of the key; the second half, or where the units begin in #units; kind + 512 * number of ids (0
  // is an empty slot); the id when there is one alone, else where they begin in `ids`.
  slots = new Int32Array(FIELDS << 10)
  ids = new Int32Array(1 << 10)
  #idCount = 0
  #units = new Uint16Array(1 << 10)
  #unitCount = 0

  isWord(from: number, text: string, start: number, end: number): boolean {
    const units = this.#units
    for (let i = start; i < end; i++) {
      if (units[from + i - start] !== text.charCodeAt(i)) return false
    }
    return true
  }

  freeSlot(place: number): number {
    let slot = place & this.mask
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      if (this.slots[slot * FIELDS + 2] === 0) return slot * FIELDS
      slot = (slot + 1) & this.mask
    }
    return -1
  }

  keepUnits(text: string, start: number, end: number): number {
    const from = this.#unitCount
    if (from + end - start > this.#units.length) {
      const larger = new Uint16Array(this.#units.length * 2)
      larger.set(this.#units)
      this.#units = larger
    }
    for (let i = start; i < end; i++) this.#units[this.#unitCount++] = text.charCodeAt(i)
    return from
  }

  keepIds(ids: readonly number[], from: number): number {
    const start = this.#idCount
    const count = ids.length - from
    if (start + count > this.ids.length) {
      const larger = new Int32Array(this.ids.length * 2 + count)
      larger.set(this.ids)
      this.ids = larger
    }
    for (let i = 0; i < count; i++) this.ids[this.#idCount++] = ids[from + i]!
    return start
  }

  grow(seed: number): void {
    const old = this.slots
    this.slots = new Int32Array(old.length * 2)
    this.mask = this.mask * 2 + 1
    this.count = 0
    for (let from = 0; from < old.length; from += FIELDS) {
      if (old[from + 2] === 0) continue
      // Of a word that is not packed the second half of the key is 0.
      const high = (old[from + 2]! & 256) !== 0 ? old[from + 1]! : 0
      const to = this.freeSlot(placeOf(old[from]!, high, seed))
      if (to < 0) continue
      for (let i = 0; i < FIELDS; i++) this.slots[to + i] = old[from + i]!
      this.count++
    }
  }

  /** Forgets everything and keeps the memory. */
  clear(): void {
    this.slots.fill(0)
    this.count = this.#unitCount = this.#idCount = 0
  }
}
