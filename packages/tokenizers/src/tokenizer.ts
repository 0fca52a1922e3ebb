import { applyChatTemplate, type ChatHost, type Conversations } from './chat/apply-chat-template.ts'
import type { ChatOptions } from './chat/chat-options.ts'
import type { ChatMessage, ChatTemplate } from './chat/chat-template.ts'
import { cleanUp, cleanUpStream } from './decoders/clean-up.ts'
import type { TokenStream } from './decoders/decoder.ts'
import { encodeBatch, type BatchSettings } from './encode-batch.ts'
import type { BatchEncoding } from './batch-encoding.ts'
import { inputError, readInputs } from './batch-inputs.ts'
import {
  checkOptions,
  optionError,
  strategiesOf,
  type BatchInput,
  type CallOptions,
  type CallStrategies,
  type PaddingSide,
  type TextInput,
} from './call-options.ts'
import type { Encoding } from './encoding.ts'
import { TokenizerError } from './errors.ts'
import type { JsonObject } from './json.ts'
import { padEncoded, type EncodedRow, type EncodedRows, type PadOptions } from './padding.ts'
import { Pipeline } from './pipeline.ts'
import { StreamDecoder } from './stream-decoder.ts'
import { writeFolder } from './save-pretrained.ts'
import { TokenVocabulary } from './token-vocabulary.ts'
import { tokenizerFiles } from './tokenizer-files.ts'
import type {
  DecodeOptions,
  EncodeOptions,
  SpecialTokensMaskOptions,
  TokenizerSettings,
} from './tokenizer-options.ts'
import type { RetrainOptions } from './trainers/retrain.ts'
import type { TrainingTexts } from './trainers/word-counts.ts'

export type { ChatOptions } from './chat/chat-options.ts'

/** Text to token ids and back, as Transformers does it. */
export class Tokenizer extends TokenVocabulary {
  chatTemplate: ChatTemplate | undefined
  /** The end at which rows are padded. */
  paddingSide: PaddingSide
  /** The end at which rows are cut. */
  truncationSide: PaddingSide
  /** The longest input the model was made for, in tokens; Infinity when unknown. */
  modelMaxLength: number
  /** What the model takes, in its own names: `call` returns masks and type ids by these. */
  modelInputNames: readonly string[]
  /** The token type id of padding. */
  padTokenTypeId: number
  cleanUpTokenizationSpaces: boolean
  /** Read special tokens that are spelled out in texts as plain text, unless a call says otherwise. */
  splitSpecialTokens: boolean
  /** tokenizer_config.json as it was read. */
  readonly config: JsonObject
  readonly #warnings = new Set<string>()
  readonly #warn: (message: string) => void

  constructor(pipeline: Pipeline, settings: TokenizerSettings = {}) {
    super(pipeline, settings.specialTokens ?? {}, settings.extraSpecialTokens ?? [])
    this.chatTemplate = settings.chatTemplate
    this.paddingSide = settings.paddingSide ?? 'right'
    this.truncationSide = settings.truncationSide ?? 'right'
    this.modelMaxLength = settings.modelMaxLength ?? Infinity
    this.modelInputNames = settings.modelInputNames ?? ['input_ids', 'attention_mask']
    this.padTokenTypeId = settings.padTokenTypeId ?? 0
    this.cleanUpTokenizationSpaces = settings.cleanUpTokenizationSpaces ?? false
    this.splitSpecialTokens = settings.splitSpecialTokens ?? false
    this.config = settings.config ?? {}
    this.#warn = settings.warn ?? ((message) => console.warn(message))
  }

  /** The ids of a text, or of a list of words with `isSplitIntoWords`. Lone surrogates are read as U+FFFD. */
  encode(text: TextInput, options: EncodeOptions = {}): number[] {
    const { addSpecialTokens = true, textPair, ...others } = options
    const { splitSpecialTokens = this.splitSpecialTokens, ...more } = others
    if (typeof text !== 'string' || typeof (textPair ?? '') !== 'string' || hasKeys(more)) {
      return this.#rowOf(text, options, 'encode').inputIds[0]!
    }
    // Transformers takes an empty second text for none.
    const pair = textPair === '' ? undefined : (textPair as string | undefined)
    return this.pipeline.encodeIds(text, pair, { addSpecialTokens, splitSpecialTokens })
  }

  /** All there is to know of the tokens of a text: offsets, words, masks, and what truncation cut off. */
  encoding(text: TextInput, options: EncodeOptions = {}): Encoding {
    return this.#rowOf(text, { overflow: 'all', ...options }, 'encoding').encodings[0]!
  }

  #rowOf(text: TextInput, { textPair, ...options }: EncodeOptions, where: string): BatchEncoding {
    if (typeof text !== 'string' && !options.isSplitIntoWords) {
      throw inputError(where, 'text', 'a string', text)
    }
    const hasPair = textPair !== undefined && textPair.length > 0
    return this.#batchOf(hasPair ? [[text, textPair]] : [text], { ...options, ...rowOnly }, where)
  }

  /** The tokens of a text; without special tokens around it unless they are asked for. */
  tokenize(text: TextInput, options: EncodeOptions = {}): string[] {
    return [...this.encoding(text, { addSpecialTokens: false, ...options }).tokens]
  }

  /** The text of ids. Ids without a token are left out. */
  decode(ids: number | Iterable<number>, options: DecodeOptions = {}): string {
    const skip = options.skipSpecialTokens ? none : 'none'
    const text = this.pipeline.decode(typeof ids === 'number' ? [ids] : ids, skip)
    return this.#cleans(options) ? cleanUp(text) : text
  }

  /** The texts of several lists of ids. */
  batchDecode(batch: Iterable<Iterable<number>>, options: DecodeOptions = {}): string[] {
    return Array.from(batch, (ids) => this.decode(ids, options))
  }

  /**
   * Decodes ids as they come: each `push` returns the text that is certain by then, `flush` the rest. All returned
   * texts together are what `decode` gives for all ids together.
   */
  streamDecoder(options: DecodeOptions = {}): StreamDecoder {
    return new StreamDecoder((emit) => this.#openDecoder(emit, options))
  }

  #openDecoder(
    emit: (text: string) => void,
    options: DecodeOptions,
  ): ReturnType<Pipeline['openDecoder']> {
    const sink: TokenStream = { write: emit, sync() {}, end() {} }
    return this.pipeline.openDecoder(
      this.#cleans(options) ? cleanUpStream(sink) : sink,
      options.skipSpecialTokens ? none : 'none',
    )
  }

  // The rules are WordPiece's and spoil what byte pairs keep, so Transformers ignores the file's wish for BPE.
  #cleans({ cleanUpTokenizationSpaces }: DecodeOptions): boolean {
    return (
      cleanUpTokenizationSpaces ??
      (this.cleanUpTokenizationSpaces && this.pipeline.model.kind !== 'BPE')
    )
  }

  /**
   * Encodes texts to rows for a model: one text, several, pairs, or lists of words, padded, cut and masked as asked.
   * There is a row for each text, also for a single one. Without texts, the rows are those of `textTarget`.
   */
  call(texts: BatchInput | undefined, options: CallOptions = {}): BatchEncoding {
    return this.#batchOf(texts, options, 'call')
  }

  #batchOf(texts: BatchInput | undefined, options: CallOptions, where: string): BatchEncoding {
    checkOptions(options, where)
    const { textPair, textTarget, textPairTarget, maxTargetLength } = options
    if (texts === undefined && textTarget === undefined) {
      throw new TokenizerError(
        'ERR_TOKENIZER_INPUT',
        `${where}: texts or textTarget must be given; got neither.`,
      )
    }
    const strategies = strategiesOf(options, this, where)
    if (strategies.warning) this.#warnOnce(strategies.warning, options)
    const run = (some: BatchInput, pairs: BatchInput | undefined, maxLength?: number) => {
      const inputs = readInputs(some, pairs, options.isSplitIntoWords ?? false, where)
      const own = { ...strategies, maxLength: maxLength ?? strategies.maxLength }
      return encodeBatch(this.pipeline, inputs, this.#batchSettings(options, own), where)
    }
    const target =
      textTarget === undefined ? undefined : run(textTarget, textPairTarget, maxTargetLength)
    const batch = texts === undefined ? target! : run(texts, textPair)
    if (texts !== undefined && target) batch.data.labels = target.inputIds
    this.#warnOfLength(batch, strategies, options, where)
    return batch
  }

  /** Pads rows that are encoded already: one, several, or one object of several. */
  pad(row: EncodedRow, options?: PadOptions): EncodedRow
  pad(rows: EncodedRows | readonly EncodedRow[] | BatchEncoding, options?: PadOptions): EncodedRows
  pad(
    rows: EncodedRow | EncodedRows | readonly EncodedRow[] | BatchEncoding,
    options: PadOptions = {},
  ): EncodedRow | EncodedRows {
    return padEncoded(rows, options, this, (message) => this.#warnOnce(message, options))
  }

  /** Ids with the special tokens around them, as `encode` lays them. */
  buildInputsWithSpecialTokens(ids: readonly number[], pairIds?: readonly number[]): number[] {
    return [...this.pipeline.layOut(ids, pairIds).ids]
  }

  /** 1 for special tokens and 0 for others: of ids with special tokens, or of those they would be laid around. */
  getSpecialTokensMask(
    ids: readonly number[],
    { pairIds, alreadyHasSpecialTokens = false }: SpecialTokensMaskOptions = {},
  ): number[] {
    if (!alreadyHasSpecialTokens) {
      return [...this.pipeline.layOut(ids, pairIds).specialTokensMask]
    }
    if (pairIds !== undefined) {
      throw optionError(
        'getSpecialTokensMask',
        'pairIds',
        'left out when ids hold special tokens already',
        pairIds,
      )
    }
    const special = new Set(this.allSpecialIds)
    return ids.map((id) => (special.has(id) ? 1 : 0))
  }

  /** How many tokens `encode` adds to a text, or to a pair. */
  numSpecialTokensToAdd(pair = false): number {
    return this.pipeline.numSpecialTokensToAdd(pair)
  }

  /** tokenizer.json, tokenizer_config.json and chat templates as Transformers writes them: texts by file name. */
  toFiles(): Map<string, string> {
    return tokenizerFiles(this)
  }

  /**
   * Writes the files of `toFiles` into a folder, which is made where there is none, and returns their names. Each
   * file is whole at any time: the old one until the new one is written. Templates and special_tokens_map.json that
   * another tokenizer left there are removed. Needs a file system: Node, Deno or Bun.
   */
  async savePretrained(
    folder: string,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<string[]> {
    return writeFolder(folder, this.toFiles(), signal)
  }

  /**
   * A new tokenizer with a vocabulary of `vocabSize` tokens learned from texts, and all else as it is here: the way of
   * a text, settings and special tokens.
   */
  async trainNewFromIterator(
    texts: TrainingTexts,
    vocabSize: number,
    options: RetrainOptions = {},
  ): Promise<Tokenizer> {
    const { retrain } = await import('./trainers/retrain.ts')
    const json = this.pipeline.toJSON()
    const { json: trained, ...names } = await retrain(json, this, texts, vocabSize, options)
    const own = { ...this, warn: this.#warn } as TokenizerSettings
    return new Tokenizer(new Pipeline(trained), { ...own, ...names })
  }

  #batchSettings(options: CallOptions, strategies: CallStrategies): BatchSettings {
    const { modelInputNames: names, padTokenTypeId: typeId } = this
    return {
      strategies,
      addSpecialTokens: options.addSpecialTokens ?? true,
      splitSpecialTokens: options.splitSpecialTokens ?? this.splitSpecialTokens,
      stride: options.stride ?? 0,
      truncationSide: this.truncationSide,
      overflow: options.overflow ?? (options.returnOverflowingTokens ? 'all' : 'none'),
      pad: { id: this.padTokenId ?? 0, token: this.padToken ?? '', typeId },
      returns: {
        attentionMask: options.returnAttentionMask ?? names.includes('attention_mask'),
        tokenTypeIds: options.returnTokenTypeIds ?? names.includes('token_type_ids'),
        overflowingTokens: options.returnOverflowingTokens ?? false,
        specialTokensMask: options.returnSpecialTokensMask ?? false,
        offsetsMapping: options.returnOffsetsMapping ?? false,
        length: options.returnLength ?? false,
      },
    }
  }

  #warnOfLength(
    batch: BatchEncoding,
    { maxLength }: CallStrategies,
    options: CallOptions,
    where: string,
  ): void {
    if (maxLength !== undefined) return
    const row = batch.inputIds.find((ids) => ids.length > this.modelMaxLength)
    if (!row) return
    this.#warnOnce(
      `${where}: a row may be ${this.modelMaxLength} tokens long for this model; got ${row.length}. Pass truncation: true.`,
      options,
      'length',
    )
  }

  #warnOnce(message: string, { verbose = true }: { verbose?: boolean | undefined }, key = message) {
    if (!verbose || this.#warnings.has(key)) return
    this.#warnings.add(key)
    this.#warn(message)
  }

  /**
   * Renders a chat with the tokenizer's template, to ids, to the text that Transformers renders (`tokenize: false`) or
   * to all that `call` returns (`returnDict: true`); a list of chats to a list of these. In ids, control tokens that
   * someone spelled out in a message are plain text unless `allowSpecialTokensInContent` says otherwise.
   */
  applyChatTemplate(
    messages: readonly ChatMessage[],
    options: ChatOptions & { tokenize: false },
  ): string
  applyChatTemplate(
    chats: readonly (readonly ChatMessage[])[],
    options: ChatOptions & { tokenize: false },
  ): string[]
  applyChatTemplate(
    chats: Conversations,
    options: ChatOptions & { returnDict: true; tokenize?: true },
  ): BatchEncoding
  applyChatTemplate(
    messages: readonly ChatMessage[],
    options?: ChatOptions & { tokenize?: true; returnDict?: false },
  ): number[]
  applyChatTemplate(
    chats: readonly (readonly ChatMessage[])[],
    options?: ChatOptions & { tokenize?: true; returnDict?: false },
  ): number[][]
  applyChatTemplate(
    messages: readonly ChatMessage[],
    options?: ChatOptions & { returnDict?: false },
  ): number[] | string
  applyChatTemplate(
    chats: Conversations,
    options: ChatOptions = {},
  ): ReturnType<typeof applyChatTemplate> {
    const host: ChatHost = {
      pipeline: this.pipeline,
      chatTemplate: this.chatTemplate,
      specialTokens: this.specialTokens,
      encodeChats: (inputs, callOptions) => {
        const where = 'applyChatTemplate'
        checkOptions(callOptions, where)
        const strategies = strategiesOf(callOptions, this, where)
        if (strategies.warning) this.#warnOnce(strategies.warning, callOptions)
        const settings = this.#batchSettings(callOptions, strategies)
        const batch = encodeBatch(this.pipeline, inputs, settings, where)
        this.#warnOfLength(batch, strategies, callOptions, where)
        return batch
      },
      warn: (message) => this.#warnOnce(message, {}),
    }
    return applyChatTemplate(host, chats, options)
  }
}

// One row and nothing beside it, whatever the model takes.
const rowOnly = { returnAttentionMask: false, returnTokenTypeIds: false } as const

const none: ReadonlySet<number> = new Set()

const hasKeys = (options: object): boolean =>
  Object.values(options).some((value) => value !== undefined)
