import { readAddedToken, type AddedToken } from './added-tokens.ts'
import type { ChatTemplate } from './chat/chat-template.ts'
import {
  asArray,
  asObject,
  asString,
  boolField,
  field,
  malformed,
  type JsonObject,
} from './json.ts'
import type { PaddingSide } from './padding.ts'
import { Pipeline } from './pipeline.ts'
import type { TemplatePart } from './post-processors/template.ts'
import { Tokenizer } from './tokenizer.ts'

const names = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const
const where = 'tokenizer_config.json'

/** What stands beside a tokenizer.json, parsed. */
export interface TokenizerFiles {
  /** tokenizer_config.json */
  config?: JsonObject | undefined
  /** special_tokens_map.json */
  specialTokensMap?: JsonObject | undefined
  chatTemplate?: ChatTemplate | undefined
}

/** Builds a tokenizer from a parsed tokenizer.json and what stands beside it, merged as Transformers does. */
export function createTokenizer(tokenizerJson: unknown, files: TokenizerFiles = {}): Tokenizer {
  const pipeline = new Pipeline(tokenizerJson)
  const config = mergedConfig(files)
  const specialTokens = addTokens(pipeline, config)
  layBosAndEos(pipeline, config, specialTokens)
  const chatTemplate = files.chatTemplate ?? stringOrUndefined(field(config, 'chat_template'))
  return new Tokenizer(pipeline, {
    specialTokens,
    chatTemplate,
    paddingSide: readSide(config, 'padding_side'),
    truncationSide: readSide(config, 'truncation_side'),
    modelMaxLength: readMaxLength(config),
    cleanUpTokenizationSpaces: boolField(config, 'clean_up_tokenization_spaces', where, false),
  })
}

const stringOrUndefined = (value: unknown) => (typeof value === 'string' ? value : undefined)

// special_tokens_map.json counts only where tokenizer_config.json is of the old kind.
function mergedConfig({ config = {}, specialTokensMap }: TokenizerFiles): JsonObject {
  const isNew = field(config, 'added_tokens_decoder') !== undefined
  if (isNew || !specialTokensMap) return config
  return Object.fromEntries([...Object.entries(config), ...Object.entries(specialTokensMap)])
}

/** Adds the tokens that the configuration names, and returns the special tokens by name. */
function addTokens(pipeline: Pipeline, config: JsonObject): Record<string, string> {
  const { addedTokens } = pipeline
  const known = new Map([...addedTokens.entries()].map(([, token]) => [token.content, token]))
  const decoder = readAddedTokensDecoder(config)
  if (decoder) {
    known.clear()
    for (const token of decoder) known.set(token.content, token)
    addedTokens.add(decoder)
  }
  const special = (value: unknown, at: string): AddedToken => {
    const token =
      typeof value === 'string'
        ? (known.get(value) ?? plainToken(asString(value, at)))
        : readAddedToken(asObject(value, at), at)
    return { ...(known.get(token.content) ?? token), special: true }
  }
  const specialTokens: Record<string, string> = {}
  for (const [key, value] of Object.entries(config)) {
    const name = /^(\w+)_token$/.exec(key)?.[1]
    if (!name || value === null || typeof value === 'boolean') continue
    // Beside the usual names a model may have its own, such as image_token.
    if (!names.includes(name as (typeof names)[number]) && typeof value !== 'string') continue
    if (value === '') continue
    const token = special(value, `${where}: ${key}`)
    addedTokens.add([token])
    specialTokens[name] = token.content
  }
  for (const key of ['additional_special_tokens', 'extra_special_tokens']) {
    const value = field(config, key)
    if (value === undefined || value === null) continue
    const list = Array.isArray(value) ? value : Object.values(asObject(value, `${where}: ${key}`))
    const tokens = asArray(list, `${where}: ${key}`).map((item, i) => {
      const at = `${where}: ${key}[${i}]`
      const token =
        typeof item === 'string' ? plainToken(item) : readAddedToken(asObject(item, at), at)
      return { ...token, special: true }
    })
    addedTokens.add(tokens)
  }
  return specialTokens
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

// add_bos_token and add_eos_token, where given, replace the post-processor.
function layBosAndEos(
  pipeline: Pipeline,
  config: JsonObject,
  specialTokens: Readonly<Record<string, string>>,
): void {
  const given = ['add_bos_token', 'add_eos_token'].some((key) => field(config, key) !== undefined)
  if (!given) return
  const part = (name: 'bos' | 'eos'): TemplatePart[] => {
    const token = specialTokens[name]
    const asked = boolField(config, `add_${name}_token`, where, false)
    const id = token === undefined ? undefined : pipeline.addedTokens.idOf(token)
    return asked && id !== undefined ? [[id]] : []
  }
  const bos = part('bos')
  const eos = part('eos')
  pipeline.postProcessor = {
    single: [...bos, 'A', ...eos],
    pair: [...bos, 'A', ...eos, ...bos, 'B', ...eos],
  }
}

function readSide(config: JsonObject, key: string): PaddingSide {
  const value = field(config, key) ?? 'right'
  if (value === 'left' || value === 'right') return value
  throw malformed(`${where}: ${key}`, 'left or right', value)
}

// Transformers writes 1e30 for "unknown".
function readMaxLength(config: JsonObject): number {
  const value = field(config, 'model_max_length')
  if (value === undefined || value === null) return Infinity
  if (typeof value !== 'number' || !(value > 0)) {
    throw malformed(`${where}: model_max_length`, 'a number above 0', value)
  }
  return value > Number.MAX_SAFE_INTEGER ? Infinity : Math.floor(value)
}
