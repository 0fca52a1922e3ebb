import {
  readRenderOptions,
  renderChat,
  selectTemplate,
  type ChatMessage,
  type ChatTemplate,
  type RenderOptions,
} from './chat/chat-template.ts'
import { controlTokensOf, type ControlTokenSets } from './chat/control-tokens.ts'
import { disguiseChat } from './chat/disguise.ts'
import { cleanUpStream } from './decoders/clean-up.ts'
import type { TokenStream } from './decoders/decoder.ts'
import { show, TokenizerError } from './errors.ts'
import { padBatch, truncate, type Batch, type CallOptions, type PaddingSide } from './padding.ts'
import type { Pipeline } from './pipeline.ts'
import { applyTemplate, templateSize } from './post-processors/template.ts'
import { StreamDecoder } from './stream-decoder.ts'

/** Options of {@link Tokenizer.encode}. */
export interface EncodeOptions {
  /** Put the tokenizer's special tokens around the text, such as a begin token. True by default. */
  addSpecialTokens?: boolean | undefined
  /** A second text, laid behind the first by the tokenizer's pair template. */
  textPair?: string | undefined
  /** Read special tokens that are spelled out in the text as plain text. False by default. */
  splitSpecialTokens?: boolean | undefined
}

/** Options of {@link Tokenizer.decode} and {@link Tokenizer.streamDecoder}. */
export interface DecodeOptions {
  skipSpecialTokens?: boolean | undefined
  /** Remove the spaces before English punctuation; the tokenizer's own setting by default. */
  cleanUpTokenizationSpaces?: boolean | undefined
}

/** Options of {@link Tokenizer.applyChatTemplate}. */
export interface ChatOptions extends RenderOptions {
  /** Ids instead of text. True by default, as in Transformers. */
  tokenize?: boolean | undefined
  /** Let control tokens that are spelled out in messages be control tokens. False by default. */
  allowSpecialTokensInContent?: boolean | undefined
  /** Any other key is a variable of the template under that name, such as `enable_thinking`. */
  [variable: string]: unknown
}

/** Special tokens by name: `bos`, `eos`, `unk`, `sep`, `pad`, `cls`, `mask` and what else a model names. */
export type SpecialTokens = Readonly<Partial<Record<string, string>>>

/** What a tokenizer knows beside its tokenizer.json; see `AutoTokenizer`. */
export interface TokenizerSettings {
  readonly specialTokens?: SpecialTokens
  readonly chatTemplate?: ChatTemplate | undefined
  readonly paddingSide?: PaddingSide
  readonly truncationSide?: PaddingSide
  readonly modelMaxLength?: number
  readonly cleanUpTokenizationSpaces?: boolean
}

/** Text to token ids and back, as Transformers does it. */
export class Tokenizer {
  readonly chatTemplate: ChatTemplate | undefined
  readonly paddingSide: PaddingSide
  readonly truncationSide: PaddingSide
  /** The longest input the model was made for; Infinity when unknown. */
  readonly modelMaxLength: number
  readonly cleanUpTokenizationSpaces: boolean
  /** Special tokens by name; those with a name of the model's own (`image`) included. */
  readonly specialTokens: SpecialTokens
  readonly #pipeline: Pipeline
  readonly #namedIds: ReadonlySet<number>
  readonly #controlTokens = new Map<string, ControlTokenSets>()

  constructor(pipeline: Pipeline, settings: TokenizerSettings = {}) {
    this.#pipeline = pipeline
    this.specialTokens = settings.specialTokens ?? {}
    const namedIds = Object.values(this.specialTokens).map((token) => this.tokenToId(token ?? ''))
    this.#namedIds = new Set(namedIds.filter((id) => id !== undefined))
    this.chatTemplate = settings.chatTemplate
    this.paddingSide = settings.paddingSide ?? 'right'
    this.truncationSide = settings.truncationSide ?? 'right'
    this.modelMaxLength = settings.modelMaxLength ?? Infinity
    this.cleanUpTokenizationSpaces = settings.cleanUpTokenizationSpaces ?? false
  }

  /** Number of tokens of the model, added tokens aside. */
  get vocabSize(): number {
    return this.#pipeline.model.size
  }

  /** Number of all tokens. */
  get size(): number {
    return this.#pipeline.addedTokens.size
  }

  get bosTokenId(): number | undefined {
    return this.#specialId('bos')
  }

  get eosTokenId(): number | undefined {
    return this.#specialId('eos')
  }

  get padTokenId(): number | undefined {
    return this.#specialId('pad')
  }

  get unkTokenId(): number | undefined {
    return this.#specialId('unk')
  }

  #specialId(name: string): number | undefined {
    const token = this.specialTokens[name]
    return token === undefined ? undefined : this.tokenToId(token)
  }

  /** The id of a token as it is written in the vocabulary. */
  tokenToId(token: string): number | undefined {
    return this.#pipeline.addedTokens.idOf(token)
  }

  /** A token as it is written in the vocabulary. */
  idToToken(id: number): string | undefined {
    return this.#pipeline.addedTokens.tokenOf(id)
  }

  /** True for the ids that `skipSpecialTokens` leaves out. */
  isSpecialId(id: number): boolean {
    const token = this.idToToken(id)
    return (
      this.#namedIds.has(id) || (token !== undefined && this.#pipeline.addedTokens.isSpecial(token))
    )
  }

  /** The ids of a text. Lone surrogates are read as U+FFFD. */
  encode(text: string, options: EncodeOptions = {}): number[] {
    const { addSpecialTokens = true, textPair, splitSpecialTokens = false } = options
    requireText(text, 'encode')
    const settings = { skipSpecial: splitSpecialTokens }
    const first = this.#pipeline.encode(text, settings)
    if (textPair === undefined) {
      return addSpecialTokens
        ? applyTemplate(this.#pipeline.postProcessor.single, first, [])
        : first
    }
    requireText(textPair, 'encode')
    const second = this.#pipeline.encode(textPair, settings)
    const { pair } = this.#pipeline.postProcessor
    return applyTemplate(addSpecialTokens ? pair : ['A', 'B'], first, second)
  }

  /** The text of ids. Ids without a token are left out. */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const chunks: string[] = []
    const stream = this.#openDecoder((text) => chunks.push(text), options)
    for (const id of ids) stream.write(id)
    stream.end()
    return chunks.join('')
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
    { skipSpecialTokens = false, cleanUpTokenizationSpaces }: DecodeOptions,
  ): ReturnType<Pipeline['openDecoder']> {
    const sink: TokenStream = { write: emit, sync() {}, end() {} }
    // The rules are WordPiece's and spoil what byte pairs keep, so Transformers ignores the file's wish for BPE.
    const cleans =
      cleanUpTokenizationSpaces ??
      (this.cleanUpTokenizationSpaces && this.#pipeline.model.kind !== 'BPE')
    const skip = skipSpecialTokens ? this.#namedIds : 'none'
    return this.#pipeline.openDecoder(cleans ? cleanUpStream(sink) : sink, skip)
  }

  /** Encodes one or several texts to rows for a model, padded and truncated as asked. */
  call(texts: string | readonly string[], options: CallOptions = {}): Batch {
    const list = typeof texts === 'string' ? [texts] : texts
    const { addSpecialTokens = true, truncation = false, maxLength = this.modelMaxLength } = options
    const { single } = this.#pipeline.postProcessor
    const limit = maxLength - (addSpecialTokens ? templateSize(single) : 0)
    const rows = list.map((text) => {
      requireText(text, 'call')
      const ids = this.#pipeline.encode(text)
      const kept = truncation ? truncate(ids, limit, this.truncationSide) : ids
      return addSpecialTokens ? applyTemplate(single, kept, []) : kept
    })
    return padBatch(rows, options, {
      padTokenId: this.padTokenId,
      paddingSide: this.paddingSide,
      maxLength,
    })
  }

  /**
   * Renders a chat with the tokenizer's template, to ids or (with `tokenize: false`) to the text that Transformers
   * renders. In ids, control tokens that someone spelled out in a message are plain text unless
   * `allowSpecialTokensInContent` says otherwise.
   */
  applyChatTemplate(
    messages: readonly ChatMessage[],
    options: ChatOptions & { tokenize: false },
  ): string
  applyChatTemplate(
    messages: readonly ChatMessage[],
    options?: ChatOptions & { tokenize?: true },
  ): number[]
  applyChatTemplate(messages: readonly ChatMessage[], options?: ChatOptions): number[] | string
  applyChatTemplate(
    messages: readonly ChatMessage[],
    options: ChatOptions = {},
  ): number[] | string {
    if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isObject)) {
      throw new TokenizerError(
        'ERR_TEMPLATE_INPUT',
        `applyChatTemplate: messages must be a list of objects with at least one; got ${show(messages)}.`,
      )
    }
    const { tokenize = true, allowSpecialTokensInContent = false, ...others } = options
    const render = readRenderOptions(others)
    const hasTools = render.tools !== undefined && render.tools !== null
    const template = selectTemplate(this.chatTemplate, render.chatTemplate, hasTools)
    const tokens = this.#templateTokens()
    if (!tokenize) return renderChat(template, messages, render, tokens)
    if (allowSpecialTokensInContent) {
      return this.#pipeline.encode(renderChat(template, messages, render, tokens))
    }
    const { normalizer } = this.#pipeline
    const disguised = disguiseChat(messages, render, template, this.#controls(template), normalizer)
    const text = renderChat(template, disguised.messages, disguised.options, tokens)
    return this.#pipeline.encode(text, { revealer: disguised.revealer })
  }

  #controls(template: string): ControlTokenSets {
    let controls = this.#controlTokens.get(template)
    if (!controls) {
      controls = controlTokensOf(template, this.#pipeline.addedTokens, this.#pipeline.normalizer)
      if (this.#controlTokens.size >= 8) this.#controlTokens.clear()
      this.#controlTokens.set(template, controls)
    }
    return controls
  }

  /** Special tokens under the names that templates use. */
  #templateTokens(): Record<string, string> {
    const named: [string, string][] = []
    for (const [name, token] of Object.entries(this.specialTokens)) {
      if (token !== undefined) named.push([`${name}_token`, token])
    }
    return Object.fromEntries(named)
  }
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function requireText(text: unknown, where: string): void {
  if (typeof text !== 'string') {
    throw new TokenizerError(
      'ERR_TOKENIZER_INPUT',
      `${where}: text must be a string; got ${show(text)}.`,
    )
  }
}
