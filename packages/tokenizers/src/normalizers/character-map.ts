// SentencePiece's compiled rules: a double-array trie over UTF-8 bytes, whose values are places in a text of
// replacements, each ended by a zero byte.
import { utf8 } from '../byte-alphabet.ts'
import { malformed } from '../json.ts'
import { TokenizerError } from '../errors.ts'

const MAX_REPLACEMENT = 1024
// Rules have 20 bytes or so; a trie that runs in a circle must not make the time grow with the text.
const MAX_MATCH = 512

/** The rules of a Precompiled normalizer. */
export class CharacterMap {
  readonly #units: Uint32Array
  readonly #replacements: Uint8Array
  readonly #texts = new Map<number, string>()

  /** Reads the bytes of a `precompiled_charsmap`; throws ERR_TOKENIZER_FORMAT or _LIMIT for what is no such map. */
  constructor(bytes: Uint8Array, where: string) {
    const fail = (rule: string, got: unknown) => malformed(where, rule, got)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const size = bytes.length < 4 ? -1 : view.getUint32(0, true)
    if (size < 4 || size % 4 !== 0 || size > bytes.length - 4) {
      throw fail('the size of a trie, the trie and its texts', `${bytes.length} bytes`)
    }
    this.#units = new Uint32Array(size / 4)
    for (let i = 0; i < this.#units.length; i++) {
      this.#units[i] = view.getUint32(4 + 4 * i, true)
    }
    this.#replacements = bytes.subarray(4 + size)
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(this.#replacements)
    } catch {
      throw fail('a trie and texts in UTF-8', 'other bytes')
    }
    this.#check(where)
  }

  // Follows every path once, so that no text can lead a search out of the trie.
  #check(where: string): void {
    const units = this.#units
    const fail = (rule: string, got: unknown) => malformed(where, rule, got)
    const seen = new Uint8Array(units.length)
    const open = [offsetOf(units[0]!)]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if ((node | 255) >= units.length) throw fail('a trie that stays inside itself', node)
      if (seen[node]) continue
      seen[node] = 1
      for (let byte = 1; byte < 256; byte++) {
        const unit = units[node ^ byte]!
        if (labelOf(unit) !== byte) continue
        const next = node ^ byte ^ offsetOf(unit)
        if (hasValue(unit)) {
          if (next >= units.length) throw fail('a trie that stays inside itself', next)
          this.#checkValue(units[next]! & 0x7fffffff, where)
        }
        open.push(next)
      }
    }
  }

  #checkValue(value: number, where: string): void {
    const bytes = this.#replacements
    if (value > bytes.length || (bytes[value]! & 0xc0) === 0x80) {
      throw malformed(where, 'a trie whose values are starts of its texts', value)
    }
    if (this.#endOf(value) - value > MAX_REPLACEMENT) {
      throw new TokenizerError(
        'ERR_TOKENIZER_LIMIT',
        `${where}: a replacement may be ${MAX_REPLACEMENT} bytes long at most; got a longer one.`,
      )
    }
  }

  #endOf(start: number): number {
    const limit = Math.min(this.#replacements.length, start + MAX_REPLACEMENT + 1)
    let end = start
    while (end < limit && this.#replacements[end] !== 0) end++
    return end
  }

  /** What the shortest known beginning of `text` is replaced by; undefined when none is known. */
  lookUp(text: string): string | undefined {
    const { bytes, size } = utf8(text)
    const units = this.#units
    let node = offsetOf(units[0]!)
    for (let i = 0; i < size; i++) {
      const byte = bytes[i]!
      if (byte === 0) return undefined
      node ^= byte
      const unit = units[node]!
      if (labelOf(unit) !== byte) return undefined
      node ^= offsetOf(unit)
      if (hasValue(unit)) return this.#textAt(units[node]! & 0x7fffffff)
    }
    return undefined
  }

  /** Where the match of the last {@link longest} ends, in UTF-16 units. */
  matchEnd = 0

  /** What the longest known beginning of the text from `at` on is replaced by; undefined when none is known. */
  longest(text: string, at: number): string | undefined {
    const units = this.#units
    let node = offsetOf(units[0]!)
    let value = -1
    for (let i = at, read = 0; i < text.length && read < MAX_MATCH; ) {
      const code = text.codePointAt(i)!
      const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
      let unit = 0
      for (let k = 0; k < size; k++) {
        const byte = byteOf(code, k, size)
        node ^= byte
        unit = units[node]!
        // Byte 0 ends a key, and is none itself.
        if (byte === 0 || labelOf(unit) !== byte) return this.#replacementAt(value)
        node ^= offsetOf(unit)
      }
      i += code > 0xffff ? 2 : 1
      read += size
      if (hasValue(unit)) {
        value = units[node]! & 0x7fffffff
        this.matchEnd = i
      }
    }
    return this.#replacementAt(value)
  }

  #replacementAt(value: number): string | undefined {
    return value < 0 ? undefined : this.#textAt(value)
  }

  #textAt(start: number): string {
    let text = this.#texts.get(start)
    if (text === undefined) {
      text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
        this.#replacements.subarray(start, this.#endOf(start)),
      )
      this.#texts.set(start, text)
    }
    return text
  }
}

// The layout of a unit of the trie: bit 8 tells of a value, bit 9 scales the offset, bit 31 marks a value itself.
const labelOf = (unit: number) => (unit & 0x800000ff) >>> 0
const hasValue = (unit: number) => (unit & 0x100) !== 0
const offsetOf = (unit: number) => ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0

/** The byte with number `index` of the UTF-8 of a code point that has `size` bytes. */
function byteOf(code: number, index: number, size: number): number {
  if (size === 1) return code
  if (index > 0) return 0x80 | ((code >> (6 * (size - 1 - index))) & 0x3f)
  const lead = size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0
  return lead | (code >> (6 * (size - 1)))
}
