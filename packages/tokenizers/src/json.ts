// JSON.parse keeps the last of two equal keys where another reader may keep the first, and says nothing of
// depth. One pass over the bytes counts keys and depth first; the parsed tree must have as many keys.
import { show, TokenizerError } from './errors.ts'
import { isWellFormed } from './unicode.ts'

/** A parsed JSON object. Keys are data: read them with `Object.hasOwn`, never `in`. */
export type JsonObject = { readonly [key: string]: unknown }

const MAX_DEPTH = 100

/** Parses UTF-8 JSON strictly: no duplicate keys, no lone surrogates in UTF-8, at most 100 levels deep. */
export function parseJson(bytes: Uint8Array, where: string): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new TokenizerError(
      'ERR_TOKENIZER_JSON',
      `${where}: must be UTF-8 text; got other bytes.`,
      {
        cause,
      },
    )
  }
  const keys = countKeys(bytes, where)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new TokenizerError(
      'ERR_TOKENIZER_JSON',
      `${where}: must be valid JSON; got ${(cause as Error).message}. Is the download complete?`,
      { cause },
    )
  }
  if (treeKeys(value) !== keys) {
    throw new TokenizerError(
      'ERR_TOKENIZER_JSON',
      `${where}: keys of an object must differ; got the same key twice. Remove one of them.`,
    )
  }
  return value
}

function countKeys(bytes: Uint8Array, where: string): number {
  let keys = 0
  let depth = 0
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case 0x22: // a string: jump to its end
        for (i++; i < bytes.length && bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++
        break
      case 0x3a:
        keys++
        break
      case 0x5b:
      case 0x7b:
        if (++depth > MAX_DEPTH) {
          throw new TokenizerError(
            'ERR_TOKENIZER_LIMIT',
            `${where}: may nest ${MAX_DEPTH} levels at most; got more at byte ${i}.`,
            { details: { offset: i } },
          )
        }
        break
      case 0x5d:
      case 0x7d:
        depth--
        break
    }
  }
  return keys
}

function treeKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let keys = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') keys += treeKeys(item)
    return keys
  }
  for (const key of Object.keys(value)) {
    keys++
    const item = (value as Record<string, unknown>)[key]
    if (typeof item === 'object') keys += treeKeys(item)
  }
  return keys
}

/** Requires that `value` nests no deeper than a parsed file can, so that readers may call themselves. */
export function requireDepth(value: unknown, where: string): void {
  let level = new Set<unknown>([value])
  for (let depth = 0; level.size > 0; depth++) {
    if (depth >= MAX_DEPTH) {
      throw new TokenizerError(
        'ERR_TOKENIZER_LIMIT',
        `${where}: may nest ${MAX_DEPTH} levels at most; got more.`,
      )
    }
    const next = new Set<unknown>()
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue
      for (const inner of Object.values(item)) {
        if (typeof inner === 'object' && inner !== null) next.add(inner)
      }
    }
    level = next
  }
}

/** A field of `object`, or undefined; keys such as `constructor` are plain names. */
export function field(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Requires a JSON object at `where`. */
export function asObject(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as JsonObject
  throw malformed(where, 'an object', value)
}

/** Requires an array at `where`. */
export function asArray(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw malformed(where, 'an array', value)
}

/** Requires a string of whole Unicode characters at `where`. */
export function asString(value: unknown, where: string): string {
  if (typeof value !== 'string') throw malformed(where, 'a string', value)
  if (!isWellFormed(value)) throw malformed(where, 'a string without lone surrogates', value)
  return value
}

/** A boolean field; absent (and null) means `fallback`. */
export function boolField(
  object: JsonObject,
  key: string,
  where: string,
  fallback: boolean,
): boolean {
  const value = field(object, key)
  if (value === undefined || value === null) return fallback
  if (typeof value !== 'boolean') throw malformed(`${where}.${key}`, 'true or false', value)
  return value
}

/** A string field; absent (and null) means undefined. */
export function stringField(object: JsonObject, key: string, where: string): string | undefined {
  const value = field(object, key)
  return value === undefined || value === null ? undefined : asString(value, `${where}.${key}`)
}

/** A whole number from `min` on; `fallback` when absent, which makes it optional. */
export function countField(
  object: JsonObject,
  key: string,
  where: string,
  { min = 0, fallback }: { min?: number; fallback?: number } = {},
): number {
  const value = field(object, key)
  if (value === undefined && fallback !== undefined) return fallback
  if (!Number.isSafeInteger(value) || (value as number) < min) {
    throw malformed(`${where}.${key}`, `a whole number of at least ${min}`, value)
  }
  return value as number
}

/** The error for a field of the wrong kind. */
export function malformed(where: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError('ERR_TOKENIZER_FORMAT', `${where}: must be ${rule}; got ${show(got)}.`)
}

/** The error for something legal that this version does not do. */
export function unsupported(
  where: string,
  what: string,
  supported?: readonly string[],
): TokenizerError {
  const hint = supported ? ` Supported: ${supported.join(', ')}.` : ''
  return new TokenizerError(
    'ERR_TOKENIZER_UNSUPPORTED',
    `${where}: ${what} is not supported yet.${hint}`,
    { details: { where, what } },
  )
}

const MAX_ID = 2 ** 24 - 1

/** True for a token id: a whole number in [0, 2^24). */
export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_ID
}

/** Requires a token id. */
export function asId(value: unknown, where: string): number {
  if (isId(value)) return value
  throw new TokenizerError(
    'ERR_TOKENIZER_ID_RANGE',
    `${where}: a token id must be a whole number from 0 to ${MAX_ID}; got ${show(value)}.`,
  )
}
