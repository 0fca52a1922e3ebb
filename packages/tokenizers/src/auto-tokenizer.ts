import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChatTemplate } from './chat/chat-template.ts'
import { readCachedTokenizerJson } from './compiled/tokenizer-cache.ts'
import { createTokenizer, type TokenizerFiles } from './create-tokenizer.ts'
import { TokenizerError } from './errors.ts'
import { readTokenizerFiles, tokenizerFileNames } from './files/read-tokenizer-files.ts'
import { asObject, asString, field, parseJson, type JsonObject } from './json.ts'
import { isMissing, readBounded, unreadable } from './read-bounded.ts'
import type { Tokenizer } from './tokenizer.ts'

const MAX_TOKENIZER = 256 << 20
const MAX_CONFIG = 32 << 20
const MAX_TEMPLATE = 1 << 20
const MAX_TEMPLATES = 64

/** Options of {@link AutoTokenizer}.fromPretrained. */
export interface TokenizerLoadOptions {
  /** Settings that take the place of those in tokenizer_config.json, under the same names (`padding_side`). */
  config?: Readonly<Record<string, unknown>> | undefined
  /**
   * Where a tokenizer.json above 1 MiB is kept as it is in memory, for the next time: a folder, or false for nowhere.
   * `tokenizers` in the folder that HEDDLE_CACHE names, or in ~/.cache/heddle, by default.
   */
  cache?: string | boolean | undefined
  /** Stops the reading of files. */
  signal?: AbortSignal | undefined
  /** Takes warnings, each once; console.warn by default. */
  warn?: ((message: string) => void) | undefined
}

/** Loads tokenizers from folders of the Hub's layout. */
export const AutoTokenizer = {
  /**
   * Reads tokenizer.json (without one: tokenizer.model, tekken.json, a tiktoken file, vocab.json with merges.txt, or
   * vocab.txt) and, where present, tokenizer_config.json, special_tokens_map.json, added_tokens.json,
   * chat_template.jinja, chat_template.json and additional_chat_templates/ of `folder`, as Transformers does.
   */
  async fromPretrained(folder: string, options: TokenizerLoadOptions = {}): Promise<Tokenizer> {
    const { signal } = options
    signal?.throwIfAborted()
    const [config, specialTokensMap, addedTokens, model, template, jsonTemplate, named] =
      await Promise.all([
        readJson(folder, 'tokenizer_config.json', signal),
        readJson(folder, 'special_tokens_map.json', signal),
        readJson(folder, 'added_tokens.json', signal),
        readJson(folder, 'config.json', signal),
        readBounded(join(folder, 'chat_template.jinja'), MAX_TEMPLATE, signal),
        readJson(folder, 'chat_template.json', signal),
        readNamedTemplates(join(folder, 'additional_chat_templates'), signal),
      ])
    const main = template
      ? new TextDecoder().decode(template)
      : (configTemplate(config) ?? legacyTemplate(jsonTemplate))
    const modelType = model && field(model, 'model_type')
    const files: TokenizerFiles = {
      config,
      specialTokensMap,
      addedTokens,
      chatTemplate: mergeTemplates(main, named),
      modelType: typeof modelType === 'string' ? modelType : undefined,
      overrides: options.config,
      warn: options.warn,
    }
    const bytes = await readBounded(join(folder, 'tokenizer.json'), MAX_TOKENIZER, signal)
    if (!bytes) return fromVocabulary(folder, files, signal)
    const json = await readCachedTokenizerJson(bytes, 'tokenizer.json', options.cache)
    signal?.throwIfAborted()
    return createTokenizer(json, files)
  },
}

async function fromVocabulary(
  folder: string,
  files: TokenizerFiles,
  signal: AbortSignal | undefined,
): Promise<Tokenizer> {
  const names = tokenizerFileNames(await namesIn(folder))
  if (names.length === 0) {
    throw new TokenizerError(
      'ERR_TOKENIZER_FILE',
      `AutoTokenizer: the folder must hold tokenizer.json, tokenizer.model, tekken.json, a .tiktoken file, ` +
        `vocab.json with merges.txt, or vocab.txt; got ${folder} without any. Check the path.`,
      { details: { folder } },
    )
  }
  const found = new Map<string, Uint8Array>()
  for (const name of names) {
    const bytes = await readBounded(join(folder, name), MAX_TOKENIZER, signal)
    if (bytes) found.set(name, bytes)
  }
  const { tokenizer, config } = readTokenizerFiles(found, files.config)
  return createTokenizer(tokenizer, { ...files, config, fromVocabularyFiles: true })
}

function configTemplate(config: JsonObject | undefined): ChatTemplate | undefined {
  const where = 'tokenizer_config.json: chat_template'
  const value = config && field(config, 'chat_template')
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) {
    return new Map(
      Object.entries(asObject(value, where)).map(([name, text]) => [name, asString(text, where)]),
    )
  }
  if (value.length > MAX_TEMPLATES) throw tooMany(where, value.length)
  const templates = new Map<string, string>()
  value.forEach((item, i) => {
    const object = asObject(item, `${where}[${i}]`)
    const name = asString(field(object, 'name'), `${where}[${i}].name`)
    templates.set(name, asString(field(object, 'template'), `${where}[${i}].template`))
  })
  return templates
}

function legacyTemplate(json: JsonObject | undefined): string | undefined {
  const value = json && field(json, 'chat_template')
  return value === undefined || value === null
    ? undefined
    : asString(value, 'chat_template.json: chat_template')
}

function mergeTemplates(
  main: ChatTemplate | undefined,
  named: ReadonlyMap<string, string>,
): ChatTemplate | undefined {
  if (named.size === 0) return main
  const base = typeof main === 'string' ? new Map([['default', main]]) : main
  return new Map([...(base ?? []), ...named])
}

async function readNamedTemplates(
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, string>> {
  const names = (await namesIn(folder)).filter((name) => name.endsWith('.jinja')).sort()
  if (names.length > MAX_TEMPLATES) throw tooMany('additional_chat_templates', names.length)
  const templates = new Map<string, string>()
  for (const name of names) {
    const bytes = await readBounded(join(folder, name), MAX_TEMPLATE, signal)
    if (bytes) templates.set(name.slice(0, -'.jinja'.length), new TextDecoder().decode(bytes))
  }
  return templates
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if (isMissing(cause)) return []
    throw unreadable(folder, cause)
  }
}

function tooMany(where: string, got: number): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_LIMIT',
    `${where}: may hold ${MAX_TEMPLATES} templates at most; got ${got}.`,
  )
}

async function readJson(
  folder: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<JsonObject | undefined> {
  const bytes = await readBounded(join(folder, name), MAX_CONFIG, signal)
  return bytes && asObject(parseJson(bytes, name), name)
}
