import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChatTemplate } from './chat/chat-template.ts'
import { TokenizerError } from './errors.ts'
import { asObject, asString, field, parseJson, type JsonObject } from './json.ts'
import type { Tokenizer } from './tokenizer.ts'
import { createTokenizer } from './create-tokenizer.ts'

const MAX_TOKENIZER = 256 << 20
const MAX_CONFIG = 32 << 20
const MAX_TEMPLATE = 1 << 20
const MAX_TEMPLATES = 64

/** Loads tokenizers from folders of the Hub's layout. */
export const AutoTokenizer = {
  /**
   * Reads tokenizer.json and, where present, tokenizer_config.json, special_tokens_map.json, chat_template.jinja,
   * chat_template.json and additional_chat_templates/ of `folder`, as Transformers does.
   */
  async fromPretrained(folder: string): Promise<Tokenizer> {
    const bytes = await readBounded(join(folder, 'tokenizer.json'), MAX_TOKENIZER)
    if (!bytes) {
      throw new TokenizerError(
        'ERR_TOKENIZER_FILE',
        `AutoTokenizer: the folder must hold tokenizer.json; got ${folder} without it. Check the path; for a model ` +
          `that ships only tokenizer.model or vocab files, save it once with Transformers' save_pretrained().`,
        { details: { folder } },
      )
    }
    const [config, specialTokensMap, fileTemplate, jsonTemplate, named] = await Promise.all([
      readJson(folder, 'tokenizer_config.json'),
      readJson(folder, 'special_tokens_map.json'),
      readBounded(join(folder, 'chat_template.jinja'), MAX_TEMPLATE),
      readJson(folder, 'chat_template.json'),
      readNamedTemplates(join(folder, 'additional_chat_templates')),
    ])
    const main = fileTemplate
      ? new TextDecoder().decode(fileTemplate)
      : (configTemplate(config) ?? legacyTemplate(jsonTemplate))
    return createTokenizer(parseJson(bytes, 'tokenizer.json'), {
      config,
      specialTokensMap,
      chatTemplate: mergeTemplates(main, named),
    })
  },
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

async function readNamedTemplates(folder: string): Promise<Map<string, string>> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (cause) {
    if (isMissing(cause)) return new Map()
    throw unreadable(folder, cause)
  }
  names = names.filter((name) => name.endsWith('.jinja')).sort()
  if (names.length > MAX_TEMPLATES) throw tooMany('additional_chat_templates', names.length)
  const templates = new Map<string, string>()
  for (const name of names) {
    const bytes = await readBounded(join(folder, name), MAX_TEMPLATE)
    if (bytes) templates.set(name.slice(0, -'.jinja'.length), new TextDecoder().decode(bytes))
  }
  return templates
}

function tooMany(where: string, got: number): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_LIMIT',
    `${where}: may hold ${MAX_TEMPLATES} templates at most; got ${got}.`,
  )
}

async function readJson(folder: string, name: string): Promise<JsonObject | undefined> {
  const bytes = await readBounded(join(folder, name), MAX_CONFIG)
  return bytes && asObject(parseJson(bytes, name), name)
}

/** The bytes of a regular file of at most `limit` bytes; undefined when there is none. */
async function readBounded(path: string, limit: number): Promise<Uint8Array | undefined> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    // Without O_NONBLOCK a FIFO in place of the file would block for ever.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw unreadable(path, cause)
  }
  try {
    const { size } = await requireRegular(file, path)
    if (size > limit) {
      throw new TokenizerError(
        'ERR_TOKENIZER_LIMIT',
        `${path}: may be ${limit} bytes at most; got ${size}.`,
        { details: { path, size } },
      )
    }
    return await file.readFile()
  } catch (cause) {
    if (cause instanceof TokenizerError) throw cause
    throw unreadable(path, cause)
  } finally {
    await file.close()
  }
}

async function requireRegular(
  file: Awaited<ReturnType<typeof open>>,
  path: string,
): Promise<{ size: number }> {
  const stats = await file.stat()
  if (stats.isFile()) return stats
  throw new TokenizerError(
    'ERR_TOKENIZER_FILE',
    `${path}: must be a regular file; got a folder, pipe or device.`,
    { details: { path } },
  )
}

const isMissing = (cause: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')

function unreadable(path: string, cause: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_FILE',
    `${path}: must be readable; got ${(cause as Error).message}.`,
    { cause, details: { path } },
  )
}
