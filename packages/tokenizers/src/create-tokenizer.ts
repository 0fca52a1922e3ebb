import { readAddedToken, type AddedToken } from './added-token.ts'
import type { PaddingSide } from './call-options.ts'
import type { ChatTemplate } from './chat/chat-template.ts'
import {
  asArray,
  asId,
  asObject,
  asString,
  boolField,
  field,
  malformed,
  type JsonObject,
} from './json.ts'
import { Pipeline } from './pipeline.ts'
import { readPostProcessor } from './post-processors/read-post-processor.ts'
import { specialNames } from './special-tokens.ts'
import { tokenizerClassOf, type TokenizerClass } from './tokenizer-class.ts'
import { Tokenizer } from './tokenizer.ts'

const where = 'tokenizer_config.json'

/** What stands beside a tokenizer.json, parsed. */
export interface TokenizerFiles {
  /** tokenizer_config.json */
  config?: JsonObject | undefined
  /** special_tokens_map.json */
  specialTokensMap?: JsonObject | undefined
  /** added_tokens.json of the first checkpoints: ids by token */
  addedTokens?: JsonObject | undefined
  chatTemplate?: ChatTemplate | undefined
  /** `model_type` of config.json, for files that do not name a class of tokenizers. */
  modelType?: string | undefined
  /** Settings that take the place of those in tokenizer_config.json, under the same names. */
  overrides?: JsonObject | undefined
  /** True when the tokenizer was made of vocabulary files: then `add_bos_token` and `add_eos_token` of `config` count. */
  fromVocabularyFiles?: boolean | undefined
  /** Takes warnings, each once; console.warn by default. */
  warn?: ((message: string) => void) | undefined
}

/** Builds a tokenizer from a parsed tokenizer.json and what stands beside it, merged as Transformers does. */
export function createTokenizer(tokenizerJson: unknown, files: TokenizerFiles = {}): Tokenizer {
  const config = mergedConfig(files)
  const json = asObject(tokenizerJson, 'tokenizer.json')
  const ownClass = tokenizerClassOf(config, files.modelType, json)
  const pipeline = new Pipeline(adapted(json, ownClass, config, files))
  const rows = fileRows(json)
  const defaults = { ...ownClass?.specialTokens, ...rows.specialTokens }
  const names = addTokens(pipeline, config, defaults, files.addedTokens)
  layBosAndEos(pipeline, config, names.specialTokens)
  return new Tokenizer(pipeline, {
    ...names,
    chatTemplate: files.chatTemplate ?? stringOrUndefined(field(config, 'chat_template')),
    paddingSide: readSide(config, 'padding_side', rows.paddingSide ?? ownClass?.paddingSide),
    truncationSide: readSide(config, 'truncation_side', rows.truncationSide),
    modelMaxLength: readMaxLength(config),
    modelInputNames: readInputNames(config, ownClass),
    cleanUpTokenizationSpaces: boolField(config, 'clean_up_tokenization_spaces', where, false),
    splitSpecialTokens: boolField(config, 'split_special_tokens', where, false),
    config,
    warn: files.warn,
  })
}

const stringOrUndefined = (value: unknown) => (typeof value === 'string' ? value : undefined)

function adapted(
  json: JsonObject,
  ownClass: TokenizerClass | undefined,
  config: JsonObject,
  { fromVocabularyFiles = false }: TokenizerFiles,
): JsonObject {
  return ownClass?.adapt && !fromVocabularyFiles ? ownClass.adapt(json, config) : json
}

function mergedConfig(files: TokenizerFiles): JsonObject {
  const { config = {}, specialTokensMap, overrides = {}, fromVocabularyFiles = false } = files
  const isNew = field(config, 'added_tokens_decoder') !== undefined
  // What a tokenizer.json puts around a text stands in the file itself.
  const own = Object.entries(config).filter(
    ([key]) => fromVocabularyFiles || !/^add_(?:bos|eos)_token$/.test(key),
  )
  const before = field(config, 'extra_special_tokens')
  const merged = new Map<string, unknown>(own)
  // special_tokens_map.json counts only where tokenizer_config.json is of the old kind.
  for (const [key, value] of isNew ? [] : Object.entries(specialTokensMap ?? {})) {
    const isList = key === 'extra_special_tokens' && Array.isArray(before) && Array.isArray(value)
    merged.set(key, isList ? [...before, ...value] : value)
  }
  for (const [key, value] of Object.entries(overrides)) merged.set(key, value)
  return Object.fromEntries(merged)
}

interface Names {
  readonly specialTokens: Record<string, string>
  readonly extraSpecialTokens: string[]
}

/** Adds the tokens that the configuration names, and returns the special ones by name. */
function addTokens(
  pipeline: Pipeline,
  config: JsonObject,
  defaults: Readonly<Partial<Record<string, string>>>,
  legacyTokens: JsonObject | undefined,
): Names {
  const { addedTokens } = pipeline
  const standing = [...addedTokens.entries()].map(([, token]) => token)
  const named = namedTokens(config, defaults)
  const extra = extraTokens(config)
  const contents = [...named.map(([, value]) => contentOf(value)), ...extra.map(contentOf)]
  const decoder = readAddedTokensDecoder(config)
  const legacy = decoder ? [] : readLegacyTokens(legacyTokens, new Set(contents))
  const known = new Map(
    (decoder ?? [...legacy, ...standing]).map((token) => [token.content, token]),
  )
  pipeline.addTokens(
    decoder ?? legacy.filter(({ content }) => addedTokens.idOf(content) === undefined),
  )
  const special = (value: unknown, at: string): AddedToken => {
    const token =
      typeof value === 'string' ? plainToken(value) : readAddedToken(asObject(value, at), at)
    return { ...(known.get(token.content) ?? token), special: true }
  }
  const tokens = named.map(([name, value]) => special(value, `${where}: ${name}_token`))
  pipeline.addTokens([...tokens, ...extra])
  return {
    specialTokens: Object.fromEntries(named.map(([name], i) => [name, tokens[i]!.content])),
    extraSpecialTokens: extra.map(({ content }) => content),
  }
}

const contentOf = (token: unknown): unknown =>
  typeof token === 'object' && token !== null ? (token as AddedToken).content : token

/** The special tokens that have a name, in the order in which they are added. */
function namedTokens(
  config: JsonObject,
  defaults: Readonly<Partial<Record<string, string>>>,
): [name: string, value: unknown][] {
  const isSet = (value: unknown) => value !== undefined && value !== null && value !== ''
  const standard = specialNames.flatMap((name): [string, unknown][] => {
    const given = field(config, `${name}_token`)
    const value = given === undefined ? defaults[name] : given
    return isSet(value) && typeof value !== 'boolean' ? [[name, value]] : []
  })
  // Beside the usual names a model may have its own, such as image_token.
  const own = new Map<string, unknown>()
  const isStandard = (name: string) => specialNames.some((known) => known === name)
  for (const [name, token] of Object.entries(defaults)) {
    if (!isStandard(name)) own.set(name, token)
  }
  for (const [key, value] of Object.entries(config)) {
    const name = /^(\w+)_token$/.exec(key)?.[1]
    if (name === undefined || isStandard(name)) continue
    const isToken = typeof value === 'string' || isMarkedToken(value)
    if (isToken && isSet(value)) own.set(name, value)
    else if (value === null) own.delete(name)
  }
  const extra = field(config, 'extra_special_tokens')
  if (typeof extra === 'object' && extra !== null && !Array.isArray(extra)) {
    for (const [key, value] of Object.entries(extra)) own.set(key.replace(/_token$/, ''), value)
  }
  return [...standard, ...own]
}

const isMarkedToken = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, '__type')

/** The special tokens without a name. */
function extraTokens(config: JsonObject): AddedToken[] {
  const isEmpty = (value: unknown) =>
    value === undefined || value === null || (Array.isArray(value) && value.length === 0)
  const key = isEmpty(field(config, 'extra_special_tokens'))
    ? 'additional_special_tokens'
    : 'extra_special_tokens'
  const value = field(config, key)
  if (isEmpty(value) || !Array.isArray(value)) {
    if (!isEmpty(value)) asObject(value, `${where}: ${key}`)
    return []
  }
  return asArray(value, `${where}: ${key}`).map((item, i) => {
    const at = `${where}: ${key}[${i}]`
    const token =
      typeof item === 'string'
        ? plainToken(asString(item, at))
        : readAddedToken(asObject(item, at), at)
    return { ...token, special: true }
  })
}

const plainToken = (content: string): AddedToken => ({
  content,
  singleWord: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

function readAddedTokensDecoder(config: JsonObject): AddedToken[] | undefined {
  const value = field(config, 'added_tokens_decoder')
  if (value === undefined || value === null) return undefined
  const at = `${where}: added_tokens_decoder`
  return Object.entries(asObject(value, at))
    .map(([id, token]): [number, AddedToken] => {
      if (!/^\d{1,8}$/.test(id)) throw malformed(at, 'keyed by token ids', id)
      return [Number(id), readAddedToken(asObject(token, `${at}[${id}]`), `${at}[${id}]`)]
    })
    .sort(([a], [b]) => a - b)
    .map(([, token]) => token)
}

// added_tokens.json gives ids by token; the ids are those that adding in their order gives.
function readLegacyTokens(
  json: JsonObject | undefined,
  special: ReadonlySet<unknown>,
): AddedToken[] {
  return Object.entries(json ?? {})
    .map(([content, id]) => [asId(id, `added_tokens.json: ${content}`), content] as const)
    .sort(([a], [b]) => a - b)
    .map(([, content]) => {
      const token = plainToken(asString(content, 'added_tokens.json'))
      const isSpecial = special.has(content)
      return { ...token, special: isSpecial, normalized: !isSpecial }
    })
}

// add_bos_token and add_eos_token, where they count, replace the post-processor.
function layBosAndEos(
  pipeline: Pipeline,
  config: JsonObject,
  specialTokens: Readonly<Record<string, string>>,
): void {
  const asked = ['add_bos_token', 'add_eos_token'].some((key) => field(config, key) !== undefined)
  if (!asked) return
  const ids = new Map<string, number>()
  const part = (name: 'bos' | 'eos', typeId: number): JsonObject[] => {
    const token = specialTokens[name]
    const id = token === undefined ? undefined : pipeline.addedTokens.idOf(token)
    if (!boolField(config, `add_${name}_token`, where, false) || id === undefined) return []
    ids.set(token!, id)
    return [{ SpecialToken: { id: token, type_id: typeId } }]
  }
  const around = (sequence: string, typeId: number): JsonObject[] => [
    ...part('bos', typeId),
    { Sequence: { id: sequence, type_id: typeId } },
    ...part('eos', typeId),
  ]
  const single = around('A', 0)
  const pair = [...single, ...around('B', 1)]
  const special_tokens = Object.fromEntries(
    [...ids].map(([token, id]) => [token, { id: token, ids: [id], tokens: [token] }]),
  )
  const json = { type: 'TemplateProcessing', single, pair, special_tokens }
  pipeline.postProcessor = readPostProcessor(json, `${where}: add_bos_token`)
}

/** What the padding and truncation of a tokenizer.json say of rows; the rest is left to the call. */
function fileRows(file: JsonObject): {
  specialTokens: { pad?: string }
  paddingSide: PaddingSide | undefined
  truncationSide: PaddingSide | undefined
} {
  const read = (key: string): JsonObject => {
    const value = field(file, key)
    return value === undefined || value === null ? {} : asObject(value, `tokenizer.json: ${key}`)
  }
  const side = (value: unknown): PaddingSide | undefined =>
    typeof value === 'string' ? (value.toLowerCase() as PaddingSide) : undefined
  const padding = read('padding')
  const pad = field(padding, 'pad_token')
  return {
    specialTokens: typeof pad === 'string' ? { pad } : {},
    paddingSide: side(field(padding, 'direction')),
    truncationSide: side(field(read('truncation'), 'direction')),
  }
}

function readSide(config: JsonObject, key: string, fallback: PaddingSide | undefined): PaddingSide {
  const value = field(config, key) ?? fallback ?? 'right'
  if (value === 'left' || value === 'right') return value
  throw malformed(`${where}: ${key}`, 'left or right', value)
}

function readInputNames(
  config: JsonObject,
  ownClass: TokenizerClass | undefined,
): readonly string[] | undefined {
  const value = field(config, 'model_input_names')
  if (value === undefined || value === null) return ownClass?.modelInputNames
  const at = `${where}: model_input_names`
  return asArray(value, at).map((name, i) => asString(name, `${at}[${i}]`))
}

// Transformers writes 1e30 for "unknown".
function readMaxLength(config: JsonObject): number {
  const value = field(config, 'model_max_length') ?? field(config, 'max_len')
  if (value === undefined || value === null) return Infinity
  if (typeof value !== 'number' || !(value > 0)) {
    throw malformed(`${where}: model_max_length`, 'a number above 0', value)
  }
  return value > Number.MAX_SAFE_INTEGER ? Infinity : Math.floor(value)
}
