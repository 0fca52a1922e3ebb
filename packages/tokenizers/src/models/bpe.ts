import { characterOfByte, utf8, utf8Width } from '../byte-alphabet.ts'
import { TokenizerError } from '../errors.ts'
import { tokenizeByteCharacters } from './byte-pieces.ts'
import { ByteWalk } from './byte-walk.ts'
import { byteCuts, characterCuts, type ByteCuts, type Cuts } from './cut-table.ts'
import { mergeBytes, mergeSymbols, mergeUnits } from './merge-symbols.ts'
import type { MergeTable } from './merge-table.ts'
import type { Model, Tokens } from './model.ts'
import type { Vocabulary } from './vocabulary.ts'
import { WordCache } from './word-cache.ts'

/** What a BPE model is made of; see `readBPE`. */
export interface BPEParts {
  readonly vocabulary: Vocabulary
  readonly merges: MergeTable
  /** How likely a merge is left out, from 0 to 1. */
  readonly dropout: number | undefined
  readonly unkToken: string | undefined
  readonly fuseUnk: boolean
  readonly byteFallback: boolean
  readonly ignoreMerges: boolean
  readonly continuingSubwordPrefix: string | undefined
  readonly endOfWordSuffix: string | undefined
}

// Below this, looking for cuts costs more than it saves.
const CUT_FROM = 8
const CUT_BYTES_FROM = 3
// From here on scripts have characters of three bytes, and most join few others: words are short between cuts.
const EAST = 0x2e80
const UNSEEN = -2
const MARK = '\u2581'
const MARK_UNIT = 0x2581

/** Byte-pair encoding, over bytes (GPT-2 and later) or characters (SentencePiece). */
export class BPE implements Model {
  readonly kind = 'BPE'
  readonly #parts: BPEParts
  readonly #prefix: string
  readonly #suffix: string
  readonly #unkId: number | undefined
  readonly #cache = new WordCache()
  readonly #byteCache = new WordCache()
  // Parts of pieces, which are not taken whole.
  readonly #partCache: WordCache
  // The ids of characters of one unit, as far as they were met.
  readonly #unitIds = new Int32Array(65_536).fill(UNSEEN)
  readonly #byteIds = new Int32Array(256).fill(-1)
  readonly #fallbackIds = new Int32Array(256).fill(-1)
  readonly #fallsBack: boolean
  readonly #plainText: boolean
  readonly #plainBytes: boolean
  // Ids of tokens that stand for other text than their own.
  readonly #standIns = new Set<number>()
  readonly #random: (() => boolean) | undefined
  #seed = Math.floor(Math.random() * 2 ** 32)
  // undefined: not looked at yet; null: merges may join anywhere.
  #cuts: Cuts | null | undefined
  #byteCuts: ByteCuts | undefined
  // Where the merge of two bytes lies, for those that begin a word.
  #bytePairs: Int32Array | undefined
  // Of the last word: each of its symbols is one unit of it.
  #symbolsAreUnits = false
  readonly #asciiPairs = new Int32Array(1 << 14).fill(UNSEEN)
  #symbols = new Int32Array(256)

  constructor(parts: BPEParts) {
    this.#parts = parts
    this.#prefix = parts.continuingSubwordPrefix ?? ''
    this.#suffix = parts.endOfWordSuffix ?? ''
    const { vocabulary, dropout = 0 } = parts
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
    this.#fallsBack = fallsBack
    this.#partCache = parts.ignoreMerges ? new WordCache() : this.#byteCache
    this.#plainText = this.#prefix === '' && this.#suffix === ''
    this.#plainBytes = complete && this.#plainText
    this.#unkId = parts.unkToken === undefined ? undefined : vocabulary.idOf(parts.unkToken)
    if (this.#unkId !== undefined) this.#standIns.add(this.#unkId)
    if (parts.byteFallback) for (const id of this.#fallbackIds) this.#standIns.add(id)
    this.#random = dropout > 0 ? () => this.#next() < dropout : undefined
  }

  /** The parts it was made of. */
  get parts(): BPEParts {
    return this.#parts
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
    const { vocabulary, merges, ...parts } = this.#parts
    const pairs = merges.pairs()
    const list: [string, string][] = []
    for (let i = 0; i < pairs.length; i += 2) {
      list.push([vocabulary.tokenOf(pairs[i]!)!, vocabulary.tokenOf(pairs[i + 1]!)!])
    }
    return {
      type: 'BPE',
      dropout: parts.dropout ?? null,
      unk_token: parts.unkToken ?? null,
      continuing_subword_prefix: parts.continuingSubwordPrefix ?? null,
      end_of_word_suffix: parts.endOfWordSuffix ?? null,
      fuse_unk: parts.fuseUnk,
      byte_fallback: parts.byteFallback,
      ignore_merges: parts.ignoreMerges,
      vocab: Object.fromEntries(vocabulary.entries()),
      merges: list,
    }
  }

  /** Makes the merges that dropout leaves out from now on repeatable. */
  seedDropout(seed: number): void {
    this.#seed = seed >>> 0
  }

  tokenize(text: string, start: number, end: number, out: Tokens): void {
    if (start === end) return
    if (this.#takeWhole(text, start, end, out)) return
    if (end - start < CUT_FROM) {
      this.#word(text, start, end, 0, out)
      return
    }
    if (this.#cuts === undefined) this.#cuts = this.#readCuts()
    const cuts = this.#cuts
    if (cuts === null) {
      this.#word(text, start, end, 0, out)
      return
    }
    // Without bytes to fall back to, an unknown character may join others of its kind, but never a mark.
    const onlyBeforeMarks = !this.#fallsBack
    const limit = out.limit ?? Infinity
    let from = start
    let before = text.charCodeAt(start)
    for (let i = start + 1; i < end; i++) {
      const unit = text.charCodeAt(i)
      if (
        !cuts.joins(before, unit) &&
        !(onlyBeforeMarks && unit !== MARK_UNIT) &&
        (unit & 0xfc00) !== 0xdc00
      ) {
        this.#word(text, from, i, from - start, out)
        if (out.ids.length >= limit) return
        from = i
      }
      before = unit
    }
    this.#word(text, from, end, from - start, out)
  }

  tokenizeBytes(text: string, start: number, end: number, out: Tokens): void {
    const { ids, spans } = out
    if (this.#random === undefined && this.#plainBytes) {
      const from = ids.length
      if (end - start >= CUT_BYTES_FROM && text.charCodeAt(end - 1) >= EAST) {
        this.#cutBytes(text, start, end, ids)
      } else this.#byteWord(text, start, end, ids, true)
      if (spans) this.#placeBytes(text, start, end, ids, from, spans)
    } else tokenizeByteCharacters(this, text, start, end, out)
  }

  #cutBytes(text: string, start: number, end: number, ids: number[]): void {
    const { merges, vocabulary, ignoreMerges } = this.#parts
    this.#byteCuts ??= byteCuts(merges, vocabulary)
    if (ignoreMerges && end - start <= this.#byteCuts.longest) {
      const { bytes, size } = utf8(text, start, end)
      const whole = vocabulary.findByteCharacters(bytes, size)
      if (whole >= 0) {
        ids.push(whole)
        return
      }
    }
    let from = start
    let before = text.charCodeAt(start)
    for (let i = start + 1; i < end; i++) {
      const unit = text.charCodeAt(i)
      if (isEast(before) && isEast(unit) && !this.#byteCuts.joins(before, unit)) {
        this.#byteWord(text, from, i, ids, false)
        from = i
      }
      before = unit
    }
    this.#byteWord(text, from, end, ids, false)
  }

  /** Appends the ids of a word; `isPiece` says that it is a piece of its own, which may be a token whatever the merges say. */
  #byteWord(text: string, start: number, end: number, ids: number[], isPiece: boolean): void {
    const cache = isPiece ? this.#byteCache : this.#partCache
    if (cache.copy(text, start, end, ids)) return
    const from = ids.length
    this.#mergeBytes(text, start, end, ids, isPiece)
    cache.add(text, start, end, ids, from)
  }

  #mergeBytes(text: string, start: number, end: number, ids: number[], isPiece: boolean): void {
    if (start === end) return
    const { bytes, size } = utf8(text, start, end)
    if (isPiece && this.#parts.ignoreMerges) {
      const whole = this.#parts.vocabulary.findByteCharacters(bytes, size)
      if (whole >= 0) {
        ids.push(whole)
        return
      }
    }
    const symbols = this.#reserve(size)
    for (let i = 0; i < size; i++) symbols[i] = this.#byteIds[bytes[i]!]!
    this.#bytePairs ??= this.#readBytePairs()
    const left = mergeBytes(symbols, bytes, size, this.#parts.merges, this.#bytePairs)
    for (let i = 0; i < left; i++) ids.push(symbols[i]!)
  }

  #readBytePairs(): Int32Array {
    const { merges } = this.#parts
    const pairs = new Int32Array(1 << 16)
    for (let left = 0; left < 256; left++) {
      for (let right = 0; right < 256; right++) {
        pairs[(left << 8) | right] = merges.find(this.#byteIds[left]!, this.#byteIds[right]!)
      }
    }
    return pairs
  }

  /** Where the tokens from `from` on lie: each is as many bytes as it has characters. */
  #placeBytes(
    text: string,
    start: number,
    end: number,
    ids: readonly number[],
    from: number,
    spans: number[],
  ): void {
    const walk = new ByteWalk(text, start, end)
    for (let i = from; i < ids.length; i++) {
      walk.take(this.#parts.vocabulary.characterCount(ids[i]!), spans, 0)
    }
  }

  #takeWhole(text: string, start: number, end: number, out: Tokens): boolean {
    if (!this.#parts.ignoreMerges || this.#random !== undefined) return false
    const whole = this.#parts.vocabulary.find(text, start, end)
    if (whole < 0) return false
    out.ids.push(whole)
    out.spans?.push(0, end - start)
    return true
  }

  /** Appends the tokens of a word; `offset` is where it begins in its piece. */
  #word(text: string, start: number, end: number, offset: number, out: Tokens): void {
    const { ids, spans } = out
    if (this.#random !== undefined) {
      this.#merge(text, start, end, offset, out)
      return
    }
    const from = ids.length
    if (!this.#cache.copy(text, start, end, ids)) {
      this.#merge(text, start, end, offset, { ids, spans: undefined })
      this.#cache.add(text, start, end, ids, from)
    }
    if (spans && !this.#placeTokens(text, start, end, offset, ids, from, spans)) {
      ids.length = from
      this.#merge(text, start, end, offset, out)
    }
  }

  #merge(text: string, start: number, end: number, offset: number, { ids, spans }: Tokens): void {
    // Three bytes a unit at most, affixes included, and one place more for the unknown token.
    const affixes = (end - start) * this.#prefix.length + this.#suffix.length
    const most = (end - start + affixes) * 3 + 1
    const symbols = this.#reserve(most)
    // As many as needed, not as long as the array that is kept: words are many.
    const widths = spans && new Int32Array(most)
    const count = this.#characters(text, start, end, symbols, widths)
    const { merges } = this.#parts
    const left =
      this.#symbolsAreUnits && !widths && !this.#random
        ? mergeUnits(symbols, text, start, count, merges, this.#asciiPairs)
        : mergeSymbols(symbols, count, merges, widths, this.#random)
    for (let i = 0; i < left; i++) ids.push(symbols[i]!)
    if (!spans || !widths) return
    const walk = new ByteWalk(text, start, end)
    for (let i = 0; i < left; i++) walk.take(widths[i]!, spans, offset)
  }

  /** Where the tokens from `from` on lie, by their own sizes; false when one stands for other characters. */
  #placeTokens(
    text: string,
    start: number,
    end: number,
    offset: number,
    ids: readonly number[],
    from: number,
    spans: number[],
  ): boolean {
    if (!this.#plainText) return false
    for (let i = from; i < ids.length; i++) if (this.#standIns.has(ids[i]!)) return false
    const walk = new ByteWalk(text, start, end)
    for (let i = from; i < ids.length; i++) {
      walk.take(this.#parts.vocabulary.byteLength(ids[i]!), spans, offset)
    }
    return true
  }

  /**
   * Writes the id of each character to `symbols`, and to `widths` how many bytes it stands for; an unknown one is
   * bytes, the unknown token, or nothing.
   */
  #characters(
    text: string,
    start: number,
    end: number,
    symbols: Int32Array,
    widths: Int32Array | undefined,
  ): number {
    const { unkToken, fuseUnk, byteFallback } = this.#parts
    let count = 0
    // The id of a character of ASCII is always the same, or the unknown token stands for several.
    this.#symbolsAreUnits = this.#plainText && this.#fallsBack
    // The unknown token waits, so that its like may join it; bytes between do not call it up (as the reference).
    let pending = 0
    for (let i = start; i < end; ) {
      const code = text.codePointAt(i)!
      const next = i + (code > 0xffff ? 2 : 1)
      const id = this.#characterId(text, i, next, start, end)
      const width = utf8Width(code)
      if (code > 0xffff || (id < 0 && width > 1)) this.#symbolsAreUnits = false
      const at = i
      i = next
      if (id < 0 && byteFallback) {
        const written = this.#fallBack(text, at, next, start, end, symbols, count)
        if (written > 0) {
          widths?.fill(1, count, count + written)
          count += written
          continue
        }
      }
      if (id < 0 && unkToken === undefined) continue
      if (pending > 0 && !(id < 0 && fuseUnk)) {
        if (widths) widths[count] = pending
        symbols[count++] = this.#unknown()
        pending = 0
      }
      if (id < 0) pending += width
      else {
        if (widths) widths[count] = width
        symbols[count++] = id
      }
    }
    if (pending > 0) {
      if (widths) widths[count] = pending
      symbols[count++] = this.#unknown()
    }
    return count
  }

  /** Writes the byte tokens of a character; 0 when one of them is missing. */
  #fallBack(
    text: string,
    at: number,
    next: number,
    start: number,
    end: number,
    symbols: Int32Array,
    from: number,
  ): number {
    const { bytes, size } = this.#plainText
      ? utf8(text, at, next)
      : utf8(this.#affixed(text, at, next, start, end))
    for (let i = 0; i < size; i++) {
      const id = this.#fallbackIds[bytes[i]!]!
      if (id < 0) return 0
      symbols[from + i] = id
    }
    return size
  }

  #characterId(text: string, at: number, next: number, start: number, end: number): number {
    const { vocabulary } = this.#parts
    if (this.#plainText && next - at === 1) {
      const unit = text.charCodeAt(at)
      const known = this.#unitIds[unit]!
      return known !== UNSEEN ? known : (this.#unitIds[unit] = vocabulary.find(text, at, next))
    }
    return this.#plainText
      ? vocabulary.find(text, at, next)
      : (vocabulary.idOf(this.#affixed(text, at, next, start, end)) ?? -1)
  }

  #affixed(text: string, at: number, next: number, start: number, end: number): string {
    const character = text.slice(at, next)
    return (at === start ? '' : this.#prefix) + character + (next === end ? this.#suffix : '')
  }

  #unknown(): number {
    if (this.#unkId !== undefined) return this.#unkId
    const { unkToken } = this.#parts
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `BPE: unk_token must be in the vocabulary when a character is not; got ${JSON.stringify(unkToken)}.`,
    )
  }

  #readCuts(): Cuts | null {
    const { merges, vocabulary, unkToken } = this.#parts
    // A character that leaves no trace lets its neighbours meet.
    const leavesTrace = this.#fallsBack || unkToken !== undefined
    if (!leavesTrace || !this.#plainText || this.#random !== undefined) return null
    if (!this.#fallsBack && vocabulary.idOf(MARK) === undefined) return null
    return characterCuts(merges, vocabulary, this.#standIns) ?? null
  }

  #reserve(size: number): Int32Array {
    // The array of one huge piece is not kept.
    if (size > 1 << 18) return new Int32Array(size)
    if (this.#symbols.length < size) this.#symbols = new Int32Array(size * 2)
    return this.#symbols
  }

  // A number from 0 to 1: a counter that is mixed well.
  #next(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), this.#seed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const isEast = (unit: number): boolean => unit >= EAST && (unit < 0xd800 || unit > 0xdfff)
