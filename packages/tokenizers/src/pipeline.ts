import { AddedTokens, readAddedTokens } from './added-tokens.ts'
import { unitsAt } from './aligned-text.ts'
import type { Decoder, TokenStream } from './decoders/decoder.ts'
import { readDecoder } from './decoders/read-decoder.ts'
import { show, TokenizerError } from './errors.ts'
import { asObject, field, malformed, type JsonObject } from './json.ts'
import type { Model, Tokens } from './models/model.ts'
import { readModel } from './models/read-model.ts'
import type { Normalizer } from './normalizers/normalizer.ts'
import { readNormalizer } from './normalizers/read-normalizer.ts'
import { readPostProcessor, type PostProcessor } from './post-processors/template.ts'
import { ByteLevel } from './pre-tokenizers/byte-level.ts'
import { onePiece, type PreTokenizer } from './pre-tokenizers/pieces.ts'
import { readPreTokenizers } from './pre-tokenizers/read-pre-tokenizer.ts'
import { wellFormed } from './unicode.ts'

/** Characters that stand for others until all added tokens are found; see chat/disguise.ts. */
export interface Revealer {
  reveal(text: string): string
  /** Ids that must not come out of the model. */
  readonly blocked: ReadonlySet<number>
}

/** The parts of a tokenizer.json and the way of a text through them. */
export class Pipeline {
  readonly normalizer: Normalizer | undefined
  readonly model: Model
  readonly addedTokens: AddedTokens
  readonly decoder: Decoder
  postProcessor: PostProcessor
  readonly #preTokenizers: readonly PreTokenizer[]
  // The last pre-tokenizer, when it does nothing after cutting but write bytes as characters.
  readonly #byteLevel: ByteLevel | undefined

  constructor(json: unknown, where = 'tokenizer.json') {
    const object = asObject(json, where)
    checkVersion(object, where)
    this.normalizer = readNormalizer(field(object, 'normalizer'), `${where}: normalizer`)
    const preTokenizers = readPreTokenizers(
      field(object, 'pre_tokenizer'),
      `${where}: pre_tokenizer`,
    )
    const last = preTokenizers.at(-1)
    this.#byteLevel = last instanceof ByteLevel ? last : undefined
    this.#preTokenizers = this.#byteLevel ? preTokenizers.slice(0, -1) : preTokenizers
    this.postProcessor = readPostProcessor(
      field(object, 'post_processor'),
      `${where}: post_processor`,
    )
    this.decoder = readDecoder(field(object, 'decoder'), `${where}: decoder`)
    this.model = readModel(field(object, 'model'), `${where}: model`)
    this.addedTokens = new AddedTokens(this.model, this.normalizer)
    const added = readAddedTokens(
      field(object, 'added_tokens'),
      this.model,
      `${where}: added_tokens`,
    )
    this.addedTokens.add(added)
  }

  /** The ids of one text, nothing put around them. */
  encode(text: string, { skipSpecial = false, revealer }: EncodeSettings = {}): number[] {
    const ids: number[] = []
    const whole = wellFormed(text)
    for (const section of this.addedTokens.splitRaw(whole, skipSpecial)) {
      if (section.id !== undefined) {
        ids.push(section.id)
        continue
      }
      if (section.start === section.end) continue
      const raw = whole.slice(section.start, section.end)
      const normal = this.normalizer ? this.normalizer.normalize(raw) : raw
      for (const part of this.addedTokens.splitNormalized(normal, skipSpecial)) {
        if (part.id !== undefined) ids.push(part.id)
        else if (part.start !== part.end) {
          const slice = normal.slice(part.start, part.end)
          this.#encodePart(slice, section.start === 0 && part.start === 0, ids, revealer)
        }
      }
    }
    return ids
  }

  #encodePart(text: string, atStart: boolean, ids: number[], revealer: Revealer | undefined): void {
    const pieces = onePiece(revealer ? revealer.reveal(text) : text, atStart)
    for (const preTokenizer of this.#preTokenizers) preTokenizer.apply(pieces)
    this.#byteLevel?.cut(pieces)
    const { bounds } = pieces
    const out = { ids, spans: undefined }
    for (let i = 0; i < bounds.length; i += 2) {
      const from = ids.length
      this.#tokenize(pieces.text, bounds[i]!, bounds[i + 1]!, out)
      if (revealer && hasAny(ids, from, revealer.blocked)) {
        // The model itself spells a control token: spell the piece one character at a time instead.
        ids.length = from
        for (let at = bounds[i]!; at < bounds[i + 1]!; ) {
          const next = at + unitsAt(pieces.text, at)
          this.#tokenize(pieces.text, at, next, out)
          at = next
        }
      }
    }
  }

  #tokenize(text: string, start: number, end: number, out: Tokens): void {
    if (this.#byteLevel) this.model.tokenizeBytes(text, start, end, out)
    else this.model.tokenize(text, start, end, out)
  }

  /** A stream from ids to text; `next` gets the text in chunks. `skip`: no ids, or special tokens and these. */
  openDecoder(
    next: TokenStream,
    skip: 'none' | ReadonlySet<number>,
  ): { write(id: number): void; sync(): void; end(): void } {
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
}

interface EncodeSettings {
  /** Treat special tokens found in the text as text. */
  readonly skipSpecial?: boolean
  readonly revealer?: Revealer
}

function hasAny(ids: readonly number[], from: number, wanted: ReadonlySet<number>): boolean {
  for (let i = from; i < ids.length; i++) if (wanted.has(ids[i]!)) return true
  return false
}

function badId(id: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_ID_RANGE',
    `decode: a token id must be a whole number from 0 on; got ${show(id)}.`,
  )
}

function checkVersion(object: JsonObject, where: string): void {
  const version = field(object, 'version')
  if (version !== undefined && version !== '1.0')
    throw malformed(`${where}: version`, '"1.0"', version)
}
