import type { BatchInput, TextInput } from './call-options.ts'
import type { Revealer } from './encode-plain.ts'
import { show, TokenizerError } from './errors.ts'

/** One text or list of words, with the second one where there is one. */
export interface EncodeInput {
  readonly text: TextInput
  readonly pair: TextInput | undefined
  /** See chat/disguise.ts. */
  readonly revealer?: Revealer | undefined
}

/** Sorts what `call` was given into texts and pairs by the rules of Transformers. */
export function readInputs(
  texts: unknown,
  pairs: BatchInput | undefined,
  isSplitIntoWords: boolean,
  where: string,
): EncodeInput[] {
  const isText = isSplitIntoWords ? isWords : isString
  const name = isSplitIntoWords ? 'a list of words' : 'a string'
  const requireText = (value: unknown, at: string): TextInput => {
    if (!isText(value)) throw inputError(where, at, name, value)
    return value
  }
  const isBatch = Array.isArray(texts) && (!isSplitIntoWords || Array.isArray(texts[0]))
  if (!isBatch) {
    // Transformers takes an empty second text of a single one for none.
    const hasPair = pairs !== undefined && pairs.length > 0
    const pair = hasPair ? requireText(pairs, 'textPair') : undefined
    return [{ text: requireText(texts, 'text'), pair }]
  }
  if (pairs !== undefined && (!Array.isArray(pairs) || pairs.length !== texts.length)) {
    const rule = `a list of ${texts.length}, one for each text`
    const got = Array.isArray(pairs) ? `${pairs.length} of them` : pairs
    throw inputError(where, 'textPair', rule, got)
  }
  return texts.map((item: unknown, i): EncodeInput => {
    if (pairs !== undefined) {
      const pair = requireText(pairs[i], `textPair[${i}]`)
      return { text: requireText(item, `text[${i}]`), pair }
    }
    // A row may be a pair itself.
    if (!isText(item) && Array.isArray(item) && item.length === 2) {
      const [text, pair] = item.map((part, k) => requireText(part, `text[${i}][${k}]`))
      return { text: text!, pair }
    }
    return { text: requireText(item, `text[${i}]`), pair: undefined }
  })
}

const isString = (value: unknown): value is string => typeof value === 'string'
const isWords = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string')

/** The error for an input that is no text. */
export function inputError(where: string, at: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_INPUT',
    `${where}: ${at} must be ${rule}; got ${show(got)}.`,
  )
}
