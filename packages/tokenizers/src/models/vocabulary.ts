import { byteOfCharacter, characterOfByte } from '../byte-alphabet.ts'
import { TokenizerError } from '../errors.ts'
import { isWellFormed } from '../unicode.ts'
import { asId, asObject, isId, malformed } from '../json.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const PRIME = 0x01000193

/** The typed arrays that a vocabulary consists of, for the cache file. */
export interface VocabularyArrays {
  /** UTF-8 of all tokens, one after another, in the order of their ids. */
  readonly bytes: Uint8Array
  /** Where each token begins in `bytes`, and where the last one ends. */
  readonly starts: Int32Array
  /** The ids in ascending order; empty when they are 0, 1, 2 ... */
  readonly ids: Int32Array
  /** Open addressing: hash, then place in the order of ids plus one (0 is an empty slot), per slot. */
  readonly table: Int32Array
  readonly seed: number
}

/** Tokens and their ids, one to one: bytes and numbers in typed arrays, strings only when somebody asks. */
export class Vocabulary {
  readonly arrays: VocabularyArrays
  readonly #bytes: Uint8Array
  readonly #starts: Int32Array
  readonly #table: Int32Array
  readonly #mask: number
  readonly #longest: number
  readonly #scratch: Uint8Array
  #strings: (string | undefined)[] | undefined

  constructor(arrays: VocabularyArrays) {
    this.arrays = arrays
    this.#bytes = arrays.bytes
    this.#starts = arrays.starts
    this.#table = arrays.table
    this.#mask = arrays.table.length / 2 - 1
    let longest = 0
    const { starts } = arrays
    for (let i = 1; i < starts.length; i++) longest = Math.max(longest, starts[i]! - starts[i - 1]!)
    this.#longest = longest
    this.#scratch = new Uint8Array(longest + 4)
  }

  get size(): number {
    return this.#starts.length - 1
  }

  /** Number of bytes of the longest token. */
  get longest(): number {
    return this.#longest
  }

  idOf(token: string): number | undefined {
    const id = this.find(token, 0, token.length)
    return id < 0 ? undefined : id
  }

  /** The id of the stretch [start, end) of `text`, in UTF-16 units, or -1. */
  find(text: string, start: number, end: number): number {
    if (end - start > this.#longest) return -1
    const bytes = this.#scratch
    const limit = this.#longest
    let size = 0
    for (let i = start; i < end; i++) {
      if (size >= limit) return -1
      const code = text.charCodeAt(i)
      if (code < 0x80) bytes[size++] = code
      else if (code < 0x800) {
        bytes[size++] = 0xc0 | (code >> 6)
        bytes[size++] = 0x80 | (code & 63)
      } else if (code < 0xd800 || code > 0xdfff) {
        bytes[size++] = 0xe0 | (code >> 12)
        bytes[size++] = 0x80 | ((code >> 6) & 63)
        bytes[size++] = 0x80 | (code & 63)
      } else {
        const low = i + 1 < end ? text.charCodeAt(i + 1) : 0
        // Half a character is in no vocabulary.
        if (code > 0xdbff || low < 0xdc00 || low > 0xdfff) return -1
        const point = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        bytes[size++] = 0xf0 | (point >> 18)
        bytes[size++] = 0x80 | ((point >> 12) & 63)
        bytes[size++] = 0x80 | ((point >> 6) & 63)
        bytes[size++] = 0x80 | (point & 63)
        i++
      }
    }
    return this.findBytes(bytes, 0, size)
  }

  /** The id of the token that is spelled by these UTF-8 bytes, or -1. */
  findBytes(bytes: Uint8Array, start: number, end: number): number {
    const index = this.#place(bytes, start, end)
    return index < 0 ? -1 : this.#idAt(index)
  }

  /** The id of the token that writes these bytes in the byte alphabet, or -1. */
  findByteCharacters(bytes: Uint8Array, size: number): number {
    if (size > this.#longest) return -1
    const scratch = this.#scratch
    let end = 0
    for (let i = 0; i < size; i++) {
      if (end >= this.#longest) return -1
      const unit = characterOfByte[bytes[i]!]!
      if (unit < 0x80) scratch[end++] = unit
      else {
        scratch[end++] = 0xc0 | (unit >> 6)
        scratch[end++] = 0x80 | (unit & 63)
      }
    }
    return this.findBytes(scratch, 0, end)
  }

  tokenOf(id: number): string | undefined {
    const index = this.#indexOf(id)
    if (index < 0) return undefined
    this.#strings ??= new Array<string | undefined>(this.size)
    return (this.#strings[index] ??= this.#read(index))
  }

  /** Number of UTF-8 bytes of a token; 0 for an id that is none. */
  byteLength(id: number): number {
    const index = this.#indexOf(id)
    return index < 0 ? 0 : this.#starts[index + 1]! - this.#starts[index]!
  }

  /** Number of characters of a token; 0 for an id that is none. */
  characterCount(id: number): number {
    const index = this.#indexOf(id)
    if (index < 0) return 0
    let count = 0
    for (let i = this.#starts[index]!; i < this.#starts[index + 1]!; i++) {
      if ((this.#bytes[i]! & 0xc0) !== 0x80) count++
    }
    return count
  }

  /** The first UTF-16 unit of a token that is not empty. */
  firstUnit(id: number): number {
    const bytes = this.#bytes
    const at = this.#starts[this.#indexOf(id)]!
    const lead = bytes[at]!
    if (lead < 0x80) return lead
    if (lead < 0xe0) return ((lead & 31) << 6) | (bytes[at + 1]! & 63)
    if (lead < 0xf0) {
      return ((lead & 15) << 12) | ((bytes[at + 1]! & 63) << 6) | (bytes[at + 2]! & 63)
    }
    const point = ((lead & 7) << 18) | ((bytes[at + 1]! & 63) << 12) | ((bytes[at + 2]! & 63) << 6)
    return 0xd800 + ((point - 0x10000) >> 10)
  }

  /** The last UTF-16 unit of a token that is not empty. */
  lastUnit(id: number): number {
    const bytes = this.#bytes
    const end = this.#starts[this.#indexOf(id) + 1]!
    const last = bytes[end - 1]!
    if (last < 0x80) return last
    const low = last & 63
    const second = bytes[end - 2]!
    if (second >= 0xc0) return ((second & 31) << 6) | low
    const third = bytes[end - 3]!
    const middle = (second & 63) << 6
    if (third >= 0xc0) return ((third & 15) << 12) | middle | low
    return 0xdc00 | ((middle | low) & 0x3ff)
  }

  /** The bytes that a token of the byte alphabet stands for, good until the next call; none when it is not of it. */
  rawBytes(id: number): Uint8Array {
    const index = this.#indexOf(id)
    let size = 0
    if (index < 0) return this.#scratch.subarray(0, 0)
    for (let i = this.#starts[index]!; i < this.#starts[index + 1]!; i++) {
      const lead = this.#bytes[i]!
      const unit =
        lead < 0x80 ? lead : lead < 0xe0 ? ((lead & 31) << 6) | (this.#bytes[++i]! & 63) : 0xffff
      const byte = byteOfCharacter[unit] ?? -1
      if (byte < 0) return this.#scratch.subarray(0, 0)
      this.#scratch[size++] = byte
    }
    return this.#scratch.subarray(0, size)
  }

  /** The bytes of a token, not to be changed; undefined for an id that is none. */
  bytesOf(id: number): Uint8Array | undefined {
    const index = this.#indexOf(id)
    return index < 0
      ? undefined
      : this.#bytes.subarray(this.#starts[index]!, this.#starts[index + 1]!)
  }

  /**
   * The id of the token that is spelled by these bytes, or -1. Where ids follow each other in the order of what is asked
   * for, `last`, the id found before, saves most look-ups.
   */
  findNext(bytes: Uint8Array, size: number, last: number): number {
    if (this.#isSpelled(last, bytes, size)) return last
    if (this.#isSpelled(last + 1, bytes, size)) return last + 1
    return this.findBytes(bytes, 0, size)
  }

  /** Writes the bytes of a token to `out` from `at` on; returns where they end. */
  copyBytes(id: number, out: Uint8Array, at: number): number {
    const index = this.#indexOf(id)
    for (let i = this.#starts[index]!; i < this.#starts[index + 1]!; i++)
      out[at++] = this.#bytes[i]!
    return at
  }

  #isSpelled(id: number, bytes: Uint8Array, size: number): boolean {
    const index = this.#indexOf(id)
    if (index < 0) return false
    const from = this.#starts[index]!
    if (this.#starts[index + 1]! - from !== size) return false
    // Different tokens differ at their ends more often than at their beginnings.
    let i = size - 1
    while (i >= 0 && this.#bytes[from + i] === bytes[i]) i--
    return i < 0
  }

  /** All ids in ascending order. */
  *ids(): IterableIterator<number> {
    for (let i = 0; i < this.size; i++) yield this.#idAt(i)
  }

  /** All tokens in the order of their ids. */
  *entries(): IterableIterator<[string, number]> {
    for (let i = 0; i < this.size; i++) {
      const id = this.#idAt(i)
      yield [this.tokenOf(id)!, id]
    }
  }

  #place(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end, this.arrays.seed)
    const table = this.#table
    const size = end - start
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const place = table[2 * slot + 1]!
      if (place === 0) return -1
      if (table[2 * slot] !== hash) continue
      const from = this.#starts[place - 1]!
      if (this.#starts[place]! - from !== size) continue
      let i = 0
      while (i < size && this.#bytes[from + i] === bytes[start + i]) i++
      if (i === size) return place - 1
    }
  }

  #idAt(index: number): number {
    const { ids } = this.arrays
    return ids.length === 0 ? index : ids[index]!
  }

  #indexOf(id: number): number {
    const { ids } = this.arrays
    if (ids.length === 0) return id >= 0 && id < this.size && Number.isInteger(id) ? id : -1
    let low = 0
    let high = ids.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (ids[middle]! < id) low = middle + 1
      else high = middle
    }
    return ids[low] === id ? low : -1
  }

  #read(index: number): string {
    const start = this.#starts[index]!
    const end = this.#starts[index + 1]!
    if (end - start < 16) {
      let text = ''
      let i = start
      while (i < end && this.#bytes[i]! < 0x80) text += String.fromCharCode(this.#bytes[i++]!)
      if (i === end) return text
    }
    return decoder.decode(this.#bytes.subarray(start, end))
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, PRIME)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

/** Collects tokens in any order. */
export class VocabularyBuilder {
  #bytes = new Uint8Array(1 << 12)
  #size = 0
  #starts = new Int32Array(1 << 9)
  #ids = new Int32Array(1 << 9)
  #count = 0
  #sorted = true

  /** Takes the token that is spelled by these UTF-8 bytes. */
  add(bytes: Uint8Array, start: number, end: number, id: number): void {
    this.#reserve(end - start)
    for (let i = start; i < end; i++) this.#bytes[this.#size++] = bytes[i]!
    this.#close(id)
  }

  /** Takes a token; it must be well-formed. */
  addText(token: string, id: number): void {
    this.#reserve(token.length * 3)
    if (token.length > 32) {
      this.#size += encoder.encodeInto(token, this.#bytes.subarray(this.#size)).written
    } else {
      let i = 0
      const from = this.#size
      for (; i < token.length; i++) {
        const code = token.charCodeAt(i)
        if (code >= 0x80) break
        this.#bytes[this.#size++] = code
      }
      if (i < token.length) {
        this.#size = from + encoder.encodeInto(token, this.#bytes.subarray(from)).written
      }
    }
    this.#close(id)
  }

  #close(id: number): void {
    if (this.#count > 0 && id <= this.#ids[this.#count - 1]!) this.#sorted = false
    this.#ids[this.#count++] = id
    this.#starts[this.#count] = this.#size
  }

  #reserve(extra: number): void {
    if (this.#size + extra > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#size + extra))
      larger.set(this.#bytes.subarray(0, this.#size))
      this.#bytes = larger
    }
    if (this.#count + 2 > this.#starts.length) {
      this.#starts = grown(this.#starts)
      this.#ids = grown(this.#ids)
    }
  }

  /** The vocabulary; calls `repeated` with the places of two tokens of one id, and with `sameToken` of one text. */
  build(
    repeated: (id: number, first: string, second: string) => TokenizerError,
    sameToken: (token: string) => TokenizerError,
  ): Vocabulary {
    if (!this.#sorted) this.#sort(repeated)
    const count = this.#count
    const bytes = this.#bytes.slice(0, this.#size)
    const starts = this.#starts.slice(0, count + 1)
    const dense = count === 0 || this.#ids[count - 1] === count - 1
    const ids = dense ? new Int32Array(0) : this.#ids.slice(0, count)
    let capacity = 8
    while (capacity < 2 * count) capacity *= 2
    const table = new Int32Array(2 * capacity)
    const mask = capacity - 1
    // Nobody can prepare tokens that all fall into one place.
    const seed = Math.floor(Math.random() * 2 ** 31)
    for (let i = 0; i < count; i++) {
      const start = starts[i]!
      const end = starts[i + 1]!
      const hash = hashOf(bytes, start, end, seed)
      let slot = hash & mask
      for (; table[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
        if (table[2 * slot] !== hash) continue
        const other = table[2 * slot + 1]! - 1
        if (sameBytes(bytes, start, end, starts[other]!, starts[other + 1]!)) {
          throw sameToken(decoder.decode(bytes.subarray(start, end)))
        }
      }
      table[2 * slot] = hash
      table[2 * slot + 1] = i + 1
    }
    return new Vocabulary({ bytes, starts, ids, table, seed })
  }

  #sort(repeated: (id: number, first: string, second: string) => TokenizerError): void {
    const count = this.#count
    const ids = this.#ids
    // Id and place in one number each: typed arrays of numbers sort fast.
    const keys = new Float64Array(count)
    for (let i = 0; i < count; i++) keys[i] = ids[i]! * 2 ** 26 + i
    keys.sort()
    const text = (i: number) =>
      decoder.decode(this.#bytes.subarray(this.#starts[i]!, this.#starts[i + 1]!))
    const bytes = new Uint8Array(this.#size)
    const starts = new Int32Array(count + 1)
    const sorted = new Int32Array(count)
    let size = 0
    let last = -1
    for (let to = 0; to < count; to++) {
      const id = Math.floor(keys[to]! / 2 ** 26)
      const from = keys[to]! - id * 2 ** 26
      if (to > 0 && sorted[to - 1] === id) throw repeated(id, text(last), text(from))
      last = from
      sorted[to] = id
      for (let i = this.#starts[from]!; i < this.#starts[from + 1]!; i++) {
        bytes[size++] = this.#bytes[i]!
      }
      starts[to + 1] = size
    }
    this.#bytes = bytes
    this.#starts = starts
    this.#ids = sorted
    this.#sorted = true
  }
}

const encoder = new TextEncoder()

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length)
  larger.set(array)
  return larger
}

function sameBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  if (end - start !== otherEnd - otherStart) return false
  for (let i = 0; start + i < end; i++) if (bytes[start + i] !== bytes[otherStart + i]) return false
  return true
}

/** Reads the `vocab` object of a model; ids may have gaps but neither repeat nor exceed 2^24. */
export function readVocabulary(value: unknown, where: string): Vocabulary {
  if (value instanceof Vocabulary) return value
  const object = asObject(value, where)
  const builder = new VocabularyBuilder()
  for (const token of Object.keys(object)) {
    const id = object[token]
    if (!isWellFormed(token)) {
      throw malformed(`${where}: a token`, 'a string without lone surrogates', token)
    }
    builder.addText(token, isId(id) ? id : asId(id, `${where}[${JSON.stringify(token)}]`))
  }
  return buildVocabulary(builder, where)
}

/** Builds the vocabulary, or throws ERR_TOKENIZER_ID_RANGE or ERR_TOKENIZER_FORMAT naming what is there twice. */
export function buildVocabulary(builder: VocabularyBuilder, where: string): Vocabulary {
  return builder.build(
    (id, first, second) =>
      new TokenizerError(
        'ERR_TOKENIZER_ID_RANGE',
        `${where}: every token needs an id of its own; got ${id} for ${JSON.stringify(first)} and ` +
          `${JSON.stringify(second)}.`,
        { details: { id, tokens: [first, second] } },
      ),
    (token) => malformed(where, 'a list of different tokens', token),
  )
}
