import { readAddedToken, type AddedToken } from '../added-token.ts'
import { characterOfByte } from '../byte-alphabet.ts'
import { show, TokenizerError } from '../errors.ts'
import { asArray, asObject, field, type JsonObject } from '../json.ts'
import { trainTokenizerJson } from './train-tokenizer-json.ts'
import { trainableKind } from './train-model.ts'
import type { TrainerOptions } from './trainer-options.ts'
import type { TrainingTexts } from './word-counts.ts'

/** Options of `Tokenizer.trainNewFromIterator`; the others are those of the trainer. */
export interface RetrainOptions
  extends Omit<TrainerOptions, 'vocabSize' | 'specialTokens' | 'unkToken'> {
  /** Special tokens beside those that the tokenizer has. */
  readonly newSpecialTokens?: readonly (string | Partial<AddedToken>)[] | undefined
  /** New names for special tokens, by the old ones. */
  readonly specialTokensMap?: Readonly<Record<string, string>> | undefined
}

/** The special tokens that a tokenizer knows by name, and others. */
export interface SpecialNames {
  readonly specialTokens: Readonly<Partial<Record<string, string>>>
  readonly extraSpecialTokens: readonly string[]
}

/** A tokenizer.json with another vocabulary, and the names of its special tokens. */
export interface Retrained extends SpecialNames {
  readonly json: JsonObject
}

/**
 * Learns another vocabulary for the parts of a tokenizer.json: normalizer, pre-tokenizer, post-processor, decoder,
 * settings of the model and special tokens stay.
 */
export async function retrain(
  tokenizerJson: unknown,
  names: SpecialNames,
  texts: TrainingTexts,
  vocabSize: number,
  { newSpecialTokens = [], specialTokensMap = {}, ...options }: RetrainOptions,
): Promise<Retrained> {
  const json = asObject(tokenizerJson, 'tokenizer.json')
  const model = asObject(field(json, 'model'), 'tokenizer.json: model')
  const kind = trainableKind(model)
  const rename = renaming(specialTokensMap)
  if (!Array.isArray(newSpecialTokens))
    throw wrong('newSpecialTokens', 'an array', newSpecialTokens)
  const unkToken = unknownToken(model, rename)
  const kept = keptTokens(json, kind === 'Unigram').map((token) => ({
    ...token,
    content: rename(token.content),
  }))
  const settings = {
    ...options,
    vocabSize,
    specialTokens: [...kept, ...newSpecialTokens],
    ...(kind === 'Unigram' ? { unkToken } : {}),
    ...(kind !== 'WordLevel' && hasByteLevel(field(json, 'pre_tokenizer'))
      ? { initialAlphabet: [...byteAlphabet(), ...(options.initialAlphabet ?? [])] }
      : {}),
  }
  const skeleton = {
    ...json,
    added_tokens: [],
    model: kind === 'Unigram' ? model : { ...model, unk_token: unkToken ?? null },
  }
  const trained = await trainTokenizerJson(skeleton, texts, settings, rename)
  const renamed = Object.entries(names.specialTokens).map(
    ([name, token]): [string, string | undefined] => [
      name,
      token === undefined ? undefined : rename(token),
    ],
  )
  const added = newSpecialTokens.map((token) => (typeof token === 'string' ? token : token.content))
  return {
    json: trained,
    specialTokens: Object.fromEntries(renamed),
    extraSpecialTokens: [...new Set([...names.extraSpecialTokens.map(rename), ...added])],
  }
}

function renaming(map: unknown): (token: string) => string {
  const isObject = typeof map === 'object' && map !== null && !Array.isArray(map)
  const entries = isObject ? Object.entries(map) : undefined
  if (!entries?.every(([, name]) => typeof name === 'string' && name !== ''))
    throw wrong('specialTokensMap', 'an object of strings that are not empty', map)
  const names = new Map<string, string>(entries)
  return (token) => names.get(token) ?? token
}

function unknownToken(model: JsonObject, rename: (token: string) => string): string | undefined {
  let token = field(model, 'unk_token')
  const unkId = field(model, 'unk_id')
  if (typeof unkId === 'number') {
    const vocab = asArray(field(model, 'vocab'), 'tokenizer.json: model.vocab')
    token = asArray(vocab[unkId], 'tokenizer.json: model.vocab[unk_id]')[0]
  }
  return typeof token === 'string' ? rename(token) : undefined
}

/** The tokens that the new vocabulary begins with; Unigram's trainer would not learn the others. */
function keptTokens(json: JsonObject, all: boolean): AddedToken[] {
  const list = field(json, 'added_tokens')
  if (list === undefined || list === null) return []
  const where = 'tokenizer.json: added_tokens'
  return asArray(list, where)
    .map((item, i) => readAddedToken(asObject(item, `${where}[${i}]`), `${where}[${i}]`))
    .filter(({ special }) => special || all)
}

function hasByteLevel(preTokenizer: unknown): boolean {
  if (typeof preTokenizer !== 'object' || preTokenizer === null) return false
  const object = preTokenizer as JsonObject
  const parts = field(object, 'pretokenizers')
  return field(object, 'type') === 'ByteLevel' || (Array.isArray(parts) && parts.some(hasByteLevel))
}

const byteAlphabet = (): string[] =>
  Array.from(characterOfByte, (code) => String.fromCharCode(code))

function wrong(name: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_OPTION',
    `trainNewFromIterator: ${name} must be ${rule}; got ${show(got)}.`,
  )
}
