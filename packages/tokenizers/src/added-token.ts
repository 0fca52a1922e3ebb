import { TokenizerError } from './errors.ts'
import { asString, boolField, field } from './json.ts'
import type { JsonObject } from './json.ts'
import { isWellFormed } from './unicode.ts'

const MAX_CONTENT = 1024

/** A token found in a text before the model sees it. */
export interface AddedToken {
  readonly content: string
  readonly singleWord: boolean
  readonly lstrip: boolean
  readonly rstrip: boolean
  readonly normalized: boolean
  readonly special: boolean
}

/** Settings of a special token that says nothing else about itself. */
const plainSpecial = {
  singleWord: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
} as const

/** An entry of the `added_tokens` of a tokenizer.json. */
export function addedTokenJson(
  id: number,
  token: AddedToken,
): JsonObject & { readonly id: number } {
  return {
    id,
    content: token.content,
    single_word: token.singleWord,
    lstrip: token.lstrip,
    rstrip: token.rstrip,
    normalized: token.normalized,
    special: token.special,
  }
}

/** The entry of a special token without settings of its own. */
export const specialTokenJson = (id: number, content: string) =>
  addedTokenJson(id, { content, ...plainSpecial })

/** True when both have the same settings. */
export function isSameToken(a: AddedToken | undefined, b: AddedToken): boolean {
  return (
    a !== undefined &&
    a.singleWord === b.singleWord &&
    a.lstrip === b.lstrip &&
    a.rstrip === b.rstrip &&
    a.normalized === b.normalized &&
    a.special === b.special
  )
}

/** The token of an object that has all fields; undefined for any other, right or wrong. */
export function plainToken(item: unknown): AddedToken | undefined {
  if (typeof item !== 'object' || item === null) return undefined
  const { content, single_word, lstrip, rstrip, normalized, special } = item as JsonObject
  const isText = typeof content === 'string' && content !== '' && content.length <= MAX_CONTENT
  return isText &&
    isWellFormed(content) &&
    typeof single_word === 'boolean' &&
    typeof lstrip === 'boolean' &&
    typeof rstrip === 'boolean' &&
    typeof normalized === 'boolean' &&
    typeof special === 'boolean'
    ? { content, singleWord: single_word, lstrip, rstrip, normalized, special }
    : undefined
}

/** Reads one added token, from tokenizer.json or tokenizer_config.json. */
export function readAddedToken(object: JsonObject, where: string): AddedToken {
  const content = asString(field(object, 'content'), `${where}.content`)
  if (content === '') {
    throw new TokenizerError('ERR_TOKENIZER_FORMAT', `${where}.content: must not be empty; got "".`)
  }
  if (content.length > MAX_CONTENT) {
    throw new TokenizerError(
      'ERR_TOKENIZER_LIMIT',
      `${where}.content: may be ${MAX_CONTENT} characters long at most; got ${content.length}.`,
    )
  }
  const special = boolField(object, 'special', where, false)
  return {
    content,
    singleWord: boolField(object, 'single_word', where, false),
    lstrip: boolField(object, 'lstrip', where, false),
    rstrip: boolField(object, 'rstrip', where, false),
    normalized: boolField(object, 'normalized', where, !special),
    special,
  }
}
