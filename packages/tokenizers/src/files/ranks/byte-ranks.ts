import { characterOfByte } from '../../byte-alphabet.ts'
import { show, TokenizerError } from '../../errors.ts'
import { buildVocabulary, VocabularyBuilder, type Vocabulary } from '../../models/vocabulary.ts'

// The longest token of known files has 128 bytes.
const LONGEST = 512
const MAX_TOKENS = 2 ** 22
const MAX_ID = 2 ** 24 - 1

/** Tokens as bytes with their ranks, and special tokens as texts with their ids. */
export class ByteRanks {
  readonly #where: string
  readonly #shift: number
  #bytes = new Uint8Array(1 << 16)
  #starts = new Int32Array(1 << 12)
  #ranks = new Int32Array(1 << 12)
  #count = 0
  #highest = -1

  /** `shift` is added to every rank to get the id. */
  constructor(where: string, shift = 0) {
    this.#where = where
    this.#shift = shift
  }

  /** True when a token has this rank. */
  has(rank: number): boolean {
    return rank <= this.#highest && this.#ranks.subarray(0, this.#count).includes(rank)
  }

  /** Room for a token of up to `size` bytes; {@link close} takes what was written there. */
  open(size: number): { bytes: Uint8Array; at: number } {
    const at = this.#starts[this.#count]!
    if (at + size > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length + size)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    return { bytes: this.#bytes, at }
  }

  /** Takes the token that was written with {@link open}. */
  close(size: number, rank: number): void {
    const where = `${this.#where}: token ${this.#count}`
    if (size < 1) throw malformed(where, 'base64 of at least one byte', 'none')
    if (size > LONGEST) throw tooMuch(where, `have ${LONGEST} bytes`, size)
    if (this.#count >= MAX_TOKENS) throw tooMuch(this.#where, `hold ${MAX_TOKENS} tokens`, 'more')
    if (!Number.isInteger(rank) || rank < 0 || rank + this.#shift > MAX_ID) {
      throw new TokenizerError(
        'ERR_TOKENIZER_ID_RANGE',
        `${where}: a rank must be a whole number from 0 to ${MAX_ID - this.#shift}; got ${show(rank)}.`,
      )
    }
    if (this.#count + 2 > this.#starts.length) {
      this.#starts = doubled(this.#starts)
      this.#ranks = doubled(this.#ranks)
    }
    this.#highest = Math.max(this.#highest, rank)
    this.#ranks[this.#count++] = rank
    this.#starts[this.#count] = this.#starts[this.#count - 1]! + size
  }

  /** The places of all tokens by ascending rank. */
  order(): Int32Array {
    const order = new Int32Array(this.#count)
    let sorted = true
    for (let i = 0; i < this.#count; i++) {
      order[i] = i
      if (i > 0 && this.#ranks[i]! < this.#ranks[i - 1]!) sorted = false
    }
    return sorted ? order : order.sort((a, b) => this.#ranks[a]! - this.#ranks[b]!)
  }

  /** The bytes of the token at a place, not copied. */
  bytesAt(place: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[place]!, this.#starts[place + 1]!)
  }

  /** The id of the token at a place. */
  idAt(place: number): number {
    return this.#ranks[place]! + this.#shift
  }

  /** The vocabulary in the byte alphabet, with special tokens as they are spelled. */
  vocabulary(
    order: Int32Array,
    special: Iterable<readonly [token: string, id: number]>,
  ): Vocabulary {
    const builder = new VocabularyBuilder()
    const written = new Uint8Array(2 * LONGEST)
    const seen = new Uint8Array(256)
    for (const place of order) {
      const bytes = this.bytesAt(place)
      if (bytes.length === 1) seen[bytes[0]!] = 1
      let size = 0
      for (const byte of bytes) {
        const unit = characterOfByte[byte]!
        if (unit < 0x80) written[size++] = unit
        else {
          written[size++] = 0xc0 | (unit >> 6)
          written[size++] = 0x80 | (unit & 63)
        }
      }
      builder.add(written, 0, size, this.idAt(place))
    }
    const missing = seen.indexOf(0)
    if (missing >= 0) {
      const hex = missing.toString(16).toUpperCase().padStart(2, '0')
      throw malformed(this.#where, 'ranks with all 256 bytes', `none for 0x${hex}`)
    }
    for (const [token, id] of special) builder.addText(token, id)
    return buildVocabulary(builder, this.#where)
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length)
  larger.set(array)
  return larger
}

function malformed(where: string, rule: string, got: string): TokenizerError {
  return new TokenizerError('ERR_TOKENIZER_FORMAT', `${where}: must be ${rule}; got ${got}.`)
}

function tooMuch(where: string, what: string, got: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_LIMIT',
    `${where}: may ${what} at most; got ${String(got)}.`,
  )
}
