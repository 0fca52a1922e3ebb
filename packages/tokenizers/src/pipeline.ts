import type { AddedToken } from './added-token.ts'
import { AddedTokens, readAddedTokens } from './added-tokens.ts'
import { badId, DecodeTable } from './decoders/decode-table.ts'
import type { Decoder, TokenStream } from './decoders/decoder.ts'
import { readDecoder } from './decoders/read-decoder.ts'
import { encodeAligned, type EncodeParts, type TextOrWords } from './encode-aligned.ts'
import { encodePlain, type PlainSettings, type Revealer } from './encode-plain.ts'
import {
  padRows,
  paddingJSON,
  readPadding,
  readPaddingJSON,
  type Padding,
  type PaddingOptions,
} from './encoding-padding.ts'
import { Encoding } from './encoding.ts'
import { asObject, field, malformed, requireDepth, type JsonObject } from './json.ts'
import type { Model } from './models/model.ts'
import { readModel } from './models/read-model.ts'
import type { Normalizer } from './normalizers/normalizer.ts'
import { readNormalizer } from './normalizers/read-normalizer.ts'
import { postProcess, type PostProcessor } from './post-processors/post-processor.ts'
import { readPostProcessor } from './post-processors/read-post-processor.ts'
import { applyTemplate, layoutOf, type TemplatePart } from './post-processors/template.ts'
import { ByteLevel } from './pre-tokenizers/byte-level.ts'
import type { PreTokenizer } from './pre-tokenizers/pieces.ts'
import { preTokenize, preTokenizerJSON, type PreToken } from './pre-tokenizers/pre-tokenize.ts'
import { readPreTokenizers } from './pre-tokenizers/read-pre-tokenizer.ts'
import { textColumns, type TokenColumns } from './token-columns.ts'
import {
  checkStride,
  cutRows,
  keptLengths,
  limitOf,
  readTruncation,
  readTruncationJSON,
  truncationJSON,
  type Truncation,
  type TruncationOptions,
} from './truncation.ts'
import { wellFormed } from './unicode.ts'

export type { Revealer } from './encode-plain.ts'

/** A text or a pair of texts; each may be a list of words. */
export interface PipelineInput {
  readonly text: TextOrWords
  readonly pair?: TextOrWords | undefined
}

/** Settings of {@link Pipeline.encodeIds}. */
export interface IdSettings {
  /** Put the template's special tokens around. True by default. */
  readonly addSpecialTokens?: boolean | undefined
  /** Treat special tokens found in the text as text. False by default. */
  readonly splitSpecialTokens?: boolean | undefined
  readonly truncation?: TruncationOptions | undefined
  /** What brings back the characters of control tokens that are meant as text: see `applyChatTemplate`. */
  readonly revealer?: Revealer | undefined
}

/** Settings of {@link Pipeline.encodeFull}. */
export interface FullSettings extends IdSettings {
  readonly padding?: PaddingOptions | undefined
}

/** The parts of a tokenizer.json and the way of a text through them: the level of the `tokenizers` library. */
export class Pipeline {
  readonly normalizer: Normalizer | undefined
  readonly model: Model
  readonly addedTokens: AddedTokens
  readonly decoder: Decoder
  #truncation: Truncation | undefined
  #padding: Padding | undefined
  #postProcessor: PostProcessor | undefined
  readonly #layouts = new Map<string, readonly TemplatePart[]>()
  readonly #preTokenizers: readonly PreTokenizer[]
  readonly #preTokenizerJSON: unknown
  readonly #parts: EncodeParts
  // undefined: not made yet; null: the decoder has none.
  #decodeTable: DecodeTable | null | undefined

  constructor(json: unknown, where = 'tokenizer.json') {
    const object = asObject(json, where)
    checkVersion(object, where)
    for (const key of ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder'])
      requireDepth(field(object, key), `${where}: ${key}`)
    this.#truncation = readTruncationJSON(field(object, 'truncation'), `${where}: truncation`)
    this.#padding = readPaddingJSON(field(object, 'padding'), `${where}: padding`)
    this.normalizer = readNormalizer(field(object, 'normalizer'), `${where}: normalizer`)
    this.#preTokenizerJSON = field(object, 'pre_tokenizer') ?? null
    this.#preTokenizers = readPreTokenizers(this.#preTokenizerJSON, `${where}: pre_tokenizer`)
    this.#postProcessor = readPostProcessor(
      field(object, 'post_processor'),
      `${where}: post_processor`,
    )
    this.decoder = readDecoder(field(object, 'decoder'), `${where}: decoder`)
    this.model = readModel(field(object, 'model'), `${where}: model`)
    this.addedTokens = new AddedTokens(this.model, this.normalizer)
    const at = `${where}: added_tokens`
    this.addedTokens.add(readAddedTokens(field(object, 'added_tokens'), this.model, at))
    const last = this.#preTokenizers.at(-1)
    const byteLevel = last instanceof ByteLevel ? last : undefined
    const preTokenizers = byteLevel ? this.#preTokenizers.slice(0, -1) : this.#preTokenizers
    const { normalizer, model, addedTokens } = this
    this.#parts = { normalizer, model, addedTokens, preTokenizers, byteLevel }
  }

  get postProcessor(): PostProcessor | undefined {
    return this.#postProcessor
  }

  set postProcessor(processor: PostProcessor | undefined) {
    this.#postProcessor = processor
    this.#layouts.clear()
  }

  /** What the file, or `setTruncation`, asks for; only `encodeBatch` goes by it. */
  get truncation(): Truncation | undefined {
    return this.#truncation
  }

  /** Sets what `encodeBatch` goes by; refuses a stride that the template leaves no room for. */
  setTruncation(options: TruncationOptions | undefined): void {
    const truncation = options && readTruncation(options)
    if (truncation) checkStride(truncation, this.numSpecialTokensToAdd())
    this.#truncation = truncation
  }

  /** What the file, or `setPadding`, asks for; only `encodeBatch` goes by it. */
  get padding(): Padding | undefined {
    return this.#padding
  }

  setPadding(options: PaddingOptions | undefined): void {
    this.#padding = options && readPadding(options)
  }

  /** Adds tokens that are found in texts; returns how many were not there before as they are given. */
  addTokens(tokens: readonly AddedToken[]): number {
    return this.addedTokens.add(tokens)
  }

  /** Where the ids of one text, or of a pair, go. */
  layout(isPair: boolean, addSpecialTokens: boolean): readonly TemplatePart[] {
    const key = `${isPair} ${addSpecialTokens}`
    let parts = this.#layouts.get(key)
    if (!parts) {
      parts = layoutOf(this.#postProcessor, isPair, addSpecialTokens)
      this.#layouts.set(key, parts)
    }
    return parts
  }

  /** The ids of one text or a pair, with the template around them: the short way, which makes nothing but ids. */
  encodeIds(text: string, pair?: string | undefined, settings: IdSettings = {}): number[] {
    const { addSpecialTokens = true, splitSpecialTokens: skipSpecial = false } = settings
    const truncation =
      settings.truncation && readTruncation({ ...settings.truncation, overflow: 'none' })
    const texts = pair === undefined ? [text] : [text, pair]
    const added = addSpecialTokens ? this.numSpecialTokensToAdd(texts.length === 2) : 0
    let rows = texts.map((one, typeId) => {
      const limit = truncation && limitOf(truncation, typeId, texts.length, added)
      return this.encode(one, {
        skipSpecial,
        limit: limit?.direction === 'right' ? limit.tokens : Infinity,
        revealer: settings.revealer,
      })
    })
    if (truncation) {
      const lengths = rows.map((row) => row.length)
      const kept = keptLengths(lengths, truncation, added)
      rows = rows.map((row, i) =>
        truncation.direction === 'right'
          ? row.slice(0, kept[i]!)
          : row.slice(row.length - kept[i]!),
      )
    }
    return applyTemplate(this.layout(texts.length === 2, addSpecialTokens), rows[0]!, rows[1] ?? [])
  }

  /** The ids of one text, nothing put around them. */
  encode(text: string, settings: PlainSettings = {}): number[] {
    return encodePlain(this.#parts, text, settings)
  }

  /** A text as the normalizer leaves it. */
  normalize(text: string): string {
    const whole = wellFormed(text)
    return this.normalizer ? this.normalizer.normalize(whole) : whole
  }

  /** The pieces that the pre-tokenizer cuts a text into, by itself: without normalizer and added tokens. */
  preTokenize(text: string): PreToken[] {
    return preTokenize(this.#preTokenizers, wellFormed(text))
  }

  /** All there is to know of the tokens of a text or a pair; truncated and padded only if `settings` say so. */
  encodeFull(
    text: TextOrWords,
    pair?: TextOrWords | undefined,
    settings: FullSettings = {},
  ): Encoding {
    const padding = settings.padding && readPadding(settings.padding)
    const row = this.#encodeRow({ text, pair }, settings)
    return this.#encodingOf(padding ? padRows([row], padding)[0]! : row)
  }

  /** Several texts or pairs, truncated and padded together as the file or the caller asks. */
  encodeBatch(inputs: readonly PipelineInput[], settings: FullSettings = {}): Encoding[] {
    const { truncation = this.#truncation } = settings
    const padding = settings.padding ? readPadding(settings.padding) : this.#padding
    const rows = inputs.map((input) => this.#encodeRow(input, { ...settings, truncation }))
    return (padding ? padRows(rows, padding) : rows).map((row) => this.#encodingOf(row))
  }

  #encodingOf(row: TokenColumns): Encoding {
    return new Encoding(row, (id) => this.addedTokens.tokenOf(id))
  }

  #encodeRow({ text, pair }: PipelineInput, settings: FullSettings): TokenColumns {
    const { addSpecialTokens = true, splitSpecialTokens = false } = settings
    const truncation = settings.truncation && readTruncation(settings.truncation)
    const inputs = pair === undefined ? [text] : [text, pair]
    const added = addSpecialTokens ? this.numSpecialTokensToAdd(inputs.length === 2) : 0
    const rows = inputs.map((input, typeId) => {
      const limit = truncation && limitOf(truncation, typeId, inputs.length, added)
      return encodeAligned(this.#parts, input, {
        typeId,
        skipSpecial: splitSpecialTokens,
        limit,
        revealer: settings.revealer,
      })
    })
    return this.#process(truncation ? cutRows(rows, truncation, added) : rows, addSpecialTokens)
  }

  #process(rows: readonly TokenColumns[], addSpecialTokens: boolean): TokenColumns {
    const tokenOf = (id: number): string | undefined => this.addedTokens.tokenOf(id)
    return postProcess(this.#postProcessor, rows, { addSpecialTokens, tokenOf })
  }

  /** Special tokens laid around ids that are there already. */
  layOut(ids: readonly number[], pairIds?: readonly number[]): Encoding {
    const rows = pairIds === undefined ? [ids] : [ids, pairIds]
    const columns = rows.map((row, typeId) => textColumns(row, typeId))
    return this.#encodingOf(this.#process(columns, true))
  }

  /** How many tokens the template adds to a text, or to a pair. */
  numSpecialTokensToAdd(isPair = false): number {
    return this.#postProcessor?.added(isPair) ?? 0
  }

  /** The text of ids; `skip`: no ids, or special tokens and these. What `openDecoder` gives for all of them. */
  decode(ids: Iterable<number>, skip: 'none' | ReadonlySet<number>): string {
    if (this.#decodeTable === undefined || this.#decodeTable?.isCurrent === false) {
      this.#decodeTable = DecodeTable.of(this.decoder, this.addedTokens) ?? null
    }
    if (this.#decodeTable) {
      return this.#decodeTable.decode(Array.isArray(ids) ? ids : Array.from(ids), skip)
    }
    const chunks: string[] = []
    const next = { write: (text: string) => void chunks.push(text), sync() {}, end() {} }
    const stream = this.openDecoder(next, skip)
    for (const id of ids) stream.write(id)
    stream.end()
    return chunks.join('')
  }

  /** The text of tokens as they are written in the vocabulary. */
  decodeTokens(tokens: Iterable<string>): string {
    let text = ''
    const sink = { write: (chunk: string) => (text += chunk), sync() {}, end() {} }
    const stream = this.decoder.open(sink, false)
    for (const token of tokens) stream.write(token)
    stream.end()
    return text
  }

  /** A stream from ids to text; `next` gets the text in chunks. `skip`: no ids, or special tokens and these. */
  openDecoder(
    next: TokenStream,
    skip: 'none' | ReadonlySet<number>,
  ): { write(id: number): void; sync(): boolean | void; end(): void } {
    const stream = this.decoder.open(next, false)
    const { addedTokens } = this
    return {
      write(id) {
        const token = addedTokens.writtenAs(id)
        if (token === undefined) {
          if (!Number.isInteger(id) || id < 0) throw badId(id)
          return
        }
        if (skip === 'none' || !(skip.has(id) || addedTokens.isSpecial(token))) stream.write(token)
      },
      sync: () => stream.sync(),
      end: () => stream.end(),
    }
  }

  /** The tokenizer.json of this pipeline, as the reference would write it. */
  toJSON(): JsonObject {
    return {
      version: '1.0',
      truncation: truncationJSON(this.#truncation),
      padding: paddingJSON(this.#padding),
      added_tokens: this.addedTokens.toJSON(),
      normalizer: this.normalizer?.toJSON() ?? null,
      pre_tokenizer: preTokenizerJSON(this.#preTokenizerJSON, this.#preTokenizers.values()),
      post_processor: this.#postProcessor?.toJSON() ?? null,
      decoder: this.decoder.toJSON(),
      model: this.model.toJSON(),
    }
  }
}

function checkVersion(object: JsonObject, where: string): void {
  const version = field(object, 'version')
  if (version !== undefined && version !== '1.0')
    throw malformed(`${where}: version`, '"1.0"', version)
}
