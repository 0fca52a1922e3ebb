// A text and where it came from. Offsets follow the rules of tokenizers' NormalizedString: a character that takes the
// place of another has its origin, a character that is inserted has the origin of the one before it.

/** A text with the stretch of the original that each of its UTF-16 units came from. */
export interface AlignedText {
  readonly text: string
  /** Per unit of `text`: where its origin starts, in UTF-16 units of the original. */
  readonly starts: Int32Array
  /** Per unit of `text`: where its origin ends. */
  readonly ends: Int32Array
  /** Where the stretch of the original that `text` stands for starts; by default where the first unit comes from. */
  readonly origin?: number
}

/** `original` as it is; its first unit is unit `offset` of the whole. */
export function alignedText(original: string, offset = 0): AlignedText {
  const starts = new Int32Array(original.length)
  const ends = new Int32Array(original.length)
  for (let i = 0; i < original.length; i++) {
    const size = unitsAt(original, i)
    starts[i] = offset + i
    ends[i] = offset + i + size
    if (size === 2) {
      starts[i + 1] = offset + i
      ends[i + 1] = offset + i + 2
      i++
    }
  }
  return { text: original, starts, ends, origin: offset }
}

/** The stretch [start, end) of `aligned`, in UTF-16 units. */
export function sliceAligned(aligned: AlignedText, start: number, end: number): AlignedText {
  return {
    text: aligned.text.slice(start, end),
    starts: aligned.starts.subarray(start, end),
    ends: aligned.ends.subarray(start, end),
  }
}

/** Number of UTF-16 units, 1 or 2, of the character at `position`. */
export function unitsAt(text: string, position: number): number {
  const high = text.charCodeAt(position)
  if (high < 0xd800 || high > 0xdbff) return 1
  const low = text.charCodeAt(position + 1)
  return low >= 0xdc00 && low <= 0xdfff ? 2 : 1
}

/** `aligned` without the matches of `regex` (flag g); what stays keeps its origin. */
export function removeMatches(aligned: AlignedText, regex: RegExp): AlignedText {
  const writer = new AlignedWriter(aligned)
  for (const { 0: match, index } of aligned.text.matchAll(regex)) {
    writer.copyTo(index)
    writer.skipTo(index + match.length)
  }
  if (writer.position === 0) return aligned
  writer.copyTo(aligned.text.length)
  return writer.finish()
}

/**
 * Writes a new text over an old one from left to right. Characters are written with the change that they stand for:
 * 0 takes the place of one old character, 1 is inserted, -n takes the place of one and removes n more.
 */
export class AlignedWriter {
  readonly #from: AlignedText
  readonly #origin: number
  #position = 0
  #text = ''
  #starts: Int32Array
  #ends: Int32Array
  #size = 0

  constructor(from: AlignedText) {
    this.#from = from
    this.#origin = from.origin ?? from.starts[0] ?? 0
    this.#starts = new Int32Array(from.text.length + 16)
    this.#ends = new Int32Array(from.text.length + 16)
  }

  /** Where the next old character is, in UTF-16 units of the old text. */
  get position(): number {
    return this.#position
  }

  /** Keeps the old text up to `end`. */
  copyTo(end: number): void {
    const start = this.#position
    if (end <= start) return
    this.#reserve(end - start)
    this.#starts.set(this.#from.starts.subarray(start, end), this.#size)
    this.#ends.set(this.#from.ends.subarray(start, end), this.#size)
    this.#size += end - start
    this.#text += this.#from.text.slice(start, end)
    this.#position = end
  }

  /** Removes the old text up to `end`. */
  skipTo(end: number): void {
    this.#position = end
  }

  /** Writes one character with its change. */
  put(character: string, change: number): void {
    const at = change > 0 ? this.#position - 1 : this.#position
    const start = at < 0 ? this.#origin : this.#from.starts[at]!
    const end = at < 0 ? this.#origin : this.#from.ends[at]!
    this.#reserve(2)
    for (let i = 0; i < character.length; i++) {
      this.#starts[this.#size] = start
      this.#ends[this.#size++] = end
    }
    this.#text += character
    for (let removed = change; removed <= 0 && this.#position < this.#from.text.length; removed++) {
      this.#position += unitsAt(this.#from.text, this.#position)
    }
  }

  /** Inserts characters, all with the origin of the old character before them. */
  insert(text: string): void {
    for (const character of text) this.put(character, 1)
  }

  /** Number of UTF-16 units written. */
  get size(): number {
    return this.#size
  }

  /** What was written; old text not reached is left out. */
  finish(): AlignedText {
    return {
      text: this.#text,
      starts: this.#starts.slice(0, this.#size),
      ends: this.#ends.slice(0, this.#size),
      origin: this.#origin,
    }
  }

  #reserve(units: number): void {
    const needed = this.#size + units
    if (needed <= this.#starts.length) return
    const larger = (old: Int32Array) => {
      const grown = new Int32Array(Math.max(needed, old.length * 2))
      grown.set(old)
      return grown
    }
    this.#starts = larger(this.#starts)
    this.#ends = larger(this.#ends)
  }
}
