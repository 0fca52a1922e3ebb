// The rules of a SentencePiece normalizer: a double-array trie over UTF-8 (the layout of darts-clone) whose values
// are places in a block of texts that end with NUL. Every place is checked, since the file says where to go.
import { TokenizerError } from '../../errors.ts'

// Rules have 20 bytes at most; a trie that runs in a circle must not make the time grow with the text.
const LONGEST = 512
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Finds the longest rule that applies at a place of a text. */
export class Charsmap {
  /** Where the match of the last {@link find} ends, in UTF-16 units. */
  end = 0
  readonly #units: Uint32Array
  readonly #texts: Uint8Array
  readonly #where: string
  readonly #known = new Map<number, string>()
  readonly #start: number

  constructor(bytes: Uint8Array, where: string) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const size = bytes.length < 4 ? -1 : view.getUint32(0, true)
    if (size < 4 || size % 4 !== 0 || size > bytes.length - 4) {
      throw new TokenizerError(
        'ERR_TOKENIZER_FORMAT',
        `${where}: must begin with the size of its trie; got ${size} for ${bytes.length} bytes. ` +
          'Is the download complete?',
      )
    }
    this.#where = where
    this.#units = new Uint32Array(size / 4)
    for (let i = 0; i < this.#units.length; i++) this.#units[i] = view.getUint32(4 + 4 * i, true)
    this.#texts = bytes.subarray(4 + size)
    this.#start = offsetOf(this.#units[0]!)
  }

  /** The text that the longest rule at `at` gives; undefined when no rule applies. */
  find(text: string, at: number): string | undefined {
    const units = this.#units
    let position = this.#start
    let value = -1
    let bytes = 0
    for (let i = at; i < text.length && bytes < LONGEST; ) {
      const code = text.codePointAt(i)!
      const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
      let unit = 0
      for (let k = 0; k < size; k++) {
        const byte = byteOf(code, k, size)
        position = (position ^ byte) >>> 0
        if (position >= units.length) return this.#textAt(value)
        unit = units[position]!
        // A leaf has the top bit and so is no label.
        if ((unit & 0x800000ff) >>> 0 !== byte) return this.#textAt(value)
        position = (position ^ offsetOf(unit)) >>> 0
      }
      i += code > 0xffff ? 2 : 1
      bytes += size
      if (((unit >>> 8) & 1) === 1 && position < units.length) {
        value = units[position]! & 0x7fffffff
        this.end = i
      }
    }
    return this.#textAt(value)
  }

  #textAt(place: number): string | undefined {
    if (place < 0) return undefined
    const known = this.#known.get(place)
    if (known !== undefined) return known
    const end = this.#texts.indexOf(0, place)
    let text: string | undefined
    try {
      if (end >= 0) text = decoder.decode(this.#texts.subarray(place, end))
    } catch {
      text = undefined
    }
    if (text === undefined) {
      throw new TokenizerError(
        'ERR_TOKENIZER_FORMAT',
        `${this.#where}: a rule must lead to UTF-8 text that ends with NUL; got place ${place} of ` +
          `${this.#texts.length}. Is the download complete?`,
      )
    }
    this.#known.set(place, text)
    return text
  }
}

const offsetOf = (unit: number): number => ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0

function byteOf(code: number, index: number, size: number): number {
  if (size === 1) return code
  if (index > 0) return 0x80 | ((code >> (6 * (size - 1 - index))) & 0x3f)
  const lead = size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0
  return lead | (code >> (6 * (size - 1)))
}
