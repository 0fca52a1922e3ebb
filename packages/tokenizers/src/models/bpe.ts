import { characterOfByte, toByteCharacters, utf8 } from '../byte-alphabet.ts'
import { TokenizerError } from '../errors.ts'
import { mergeSymbols } from './merge-symbols.ts'
import type { MergeTable } from './merge-table.ts'
import type { Model, Tokens } from './model.ts'
import type { Vocabulary } from './vocabulary.ts'
import { WordCache } from './word-cache.ts'

/** What a BPE model is made of; see `readBPE`. */
export interface BPEParts {
  /** The `model` object it was read from. */
  readonly json: unknown
  readonly vocabulary: Vocabulary
  readonly merges: MergeTable
  readonly unkToken: string | undefined
  readonly fuseUnk: boolean
  readonly byteFallback: boolean
  readonly ignoreMerges: boolean
  readonly continuingSubwordPrefix: string
  readonly endOfWordSuffix: string
  /** Cuts a long piece where no merge can join; undefined when merges may join anywhere. */
  readonly cut: ((piece: string) => string[] | undefined) | undefined
}

// Below this, cutting a piece into words costs more than it saves.
const CUT_FROM = 24

/** Byte-pair encoding, over bytes (GPT-2 and later) or characters (SentencePiece). */
export class BPE implements Model {
  readonly kind = 'BPE'
  readonly #parts: BPEParts
  readonly #cache = new WordCache()
  readonly #byteCache = new WordCache()
  readonly #byteIds = new Int32Array(256).fill(-1)
  readonly #fallbackIds = new Int32Array(256).fill(-1)
  readonly #plainBytes: boolean
  readonly #cut: BPEParts['cut']
  #symbols = new Int32Array(256)

  constructor(parts: BPEParts) {
    this.#parts = parts
    const { vocabulary } = parts
    let complete = true
    let fallsBack = parts.byteFallback
    for (let byte = 0; byte < 256; byte++) {
      const id = vocabulary.idOf(String.fromCharCode(characterOfByte[byte]!))
      const hex = byte.toString(16).toUpperCase().padStart(2, '0')
      this.#byteIds[byte] = id ?? -1
      this.#fallbackIds[byte] = vocabulary.idOf(`<0x${hex}>`) ?? -1
      complete &&= id !== undefined
      fallsBack &&= this.#fallbackIds[byte]! >= 0
    }
    // A character that leaves no trace lets its neighbours meet.
    const leavesTrace = fallsBack || parts.unkToken !== undefined
    this.#cut = leavesTrace ? parts.cut : undefined
    this.#plainBytes = complete && !parts.continuingSubwordPrefix && !parts.endOfWordSuffix
  }

  get size(): number {
    return this.#parts.vocabulary.size
  }

  idOf(token: string): number | undefined {
    return this.#parts.vocabulary.idOf(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#parts.vocabulary.tokenOf(id)
  }

  entries(): Iterable<readonly [token: string, id: number]> {
    return this.#parts.vocabulary.entries()
  }

  toJSON(): unknown {
    return this.#parts.json
  }

  tokenize(text: string, start: number, end: number, out: Tokens): void {
    this.#tokenize(text.slice(start, end), out.ids)
  }

  tokenizeBytes(text: string, start: number, end: number, out: Tokens): void {
    this.#tokenizeBytes(text.slice(start, end), out.ids)
  }

  #tokenize(piece: string, ids: number[]): void {
    if (piece === '') return
    const { ignoreMerges, vocabulary } = this.#parts
    if (ignoreMerges) {
      const whole = vocabulary.idOf(piece)
      if (whole !== undefined) {
        ids.push(whole)
        return
      }
    }
    const words = piece.length >= CUT_FROM ? this.#cut?.(piece) : undefined
    if (!words) this.#word(piece, ids)
    else for (const word of words) this.#word(word, ids)
  }

  #tokenizeBytes(piece: string, ids: number[]): void {
    const known = this.#byteCache.get(piece)
    if (known) {
      append(known, ids)
      return
    }
    const start = ids.length
    if (!this.#plainBytes) this.#tokenize(toByteCharacters(piece), ids)
    else if (piece !== '') {
      const whole = this.#parts.ignoreMerges
        ? this.#parts.vocabulary.idOf(toByteCharacters(piece))
        : undefined
      if (whole !== undefined) ids.push(whole)
      else {
        const { bytes, size } = utf8(piece)
        const symbols = this.#reserve(size)
        for (let i = 0; i < size; i++) symbols[i] = this.#byteIds[bytes[i]!]!
        this.#finish(symbols, size, ids)
      }
    }
    this.#byteCache.set(piece, ids.slice(start))
  }

  #word(word: string, ids: number[]): void {
    const known = this.#cache.get(word)
    if (known) {
      append(known, ids)
      return
    }
    const start = ids.length
    const { continuingSubwordPrefix: prefix, endOfWordSuffix: suffix } = this.#parts
    // At most three bytes a code unit, prefix included; one spare place for the unknown token.
    const symbols = this.#reserve(word.length * 3 * (1 + prefix.length) + 3 * suffix.length + 1)
    this.#finish(symbols, this.#characters(word, symbols), ids)
    this.#cache.set(word, ids.slice(start))
  }

  #finish(symbols: Int32Array, count: number, ids: number[]): void {
    const left = mergeSymbols(symbols, count, this.#parts.merges)
    for (let i = 0; i < left; i++) ids.push(symbols[i]!)
  }

  /** Writes the id of each character of `word` to `symbols`; an unknown one is bytes, the unknown token, or nothing. */
  #characters(word: string, symbols: Int32Array): number {
    const { vocabulary, unkToken, fuseUnk, byteFallback } = this.#parts
    const { continuingSubwordPrefix: prefix, endOfWordSuffix: suffix } = this.#parts
    let count = 0
    let pendingUnk = false
    for (let i = 0; i < word.length; ) {
      const size = word.codePointAt(i)! > 0xffff ? 2 : 1
      let character = word.slice(i, i + size)
      if (i > 0 && prefix) character = prefix + character
      i += size
      if (i === word.length && suffix) character += suffix
      const id = vocabulary.idOf(character)
      if (id !== undefined) {
        if (pendingUnk) symbols[count++] = this.#unkId()
        pendingUnk = false
        symbols[count++] = id
        continue
      }
      if (byteFallback) {
        const written = this.#fallBack(character, symbols, count)
        if (written > 0) {
          count += written
          continue
        }
      }
      if (unkToken === undefined) continue
      // The unknown token waits, so that its like may join it; bytes between do not call it up (as the reference).
      if (pendingUnk && !fuseUnk) symbols[count++] = this.#unkId()
      pendingUnk = true
    }
    if (pendingUnk) symbols[count++] = this.#unkId()
    return count
  }

  /** Appends the byte tokens of a character; 0 when one of them is missing. */
  #fallBack(character: string, symbols: Int32Array, from: number): number {
    const { bytes, size } = utf8(character)
    for (let i = 0; i < size; i++) {
      const id = this.#fallbackIds[bytes[i]!]!
      if (id < 0) return 0
      symbols[from + i] = id
    }
    return size
  }

  #unkId(): number {
    const { unkToken, vocabulary } = this.#parts
    const id = vocabulary.idOf(unkToken!)
    if (id !== undefined) return id
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `BPE: unk_token must be in the vocabulary when a character is not; got ${JSON.stringify(unkToken)}.`,
    )
  }

  #reserve(size: number): Int32Array {
    // The array of one huge piece is not kept.
    if (size > 1 << 18) return new Int32Array(size)
    if (this.#symbols.length < size) this.#symbols = new Int32Array(size * 2)
    return this.#symbols
  }
}

function append(known: readonly number[], ids: number[]): void {
  for (let i = 0; i < known.length; i++) ids.push(known[i]!)
}
