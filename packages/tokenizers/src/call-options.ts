import { show, TokenizerError } from './errors.ts'
import type { Overflow } from './truncation.ts'

/** The end of a row that is padded or cut. */
export type PaddingSide = 'left' | 'right'

/** true and 'longest': to the longest row; 'max_length': to `maxLength`. */
export type PaddingStrategy = boolean | 'longest' | 'max_length' | 'do_not_pad'

/** true and 'longest_first': the longer text of a pair token by token. */
export type TruncationStrategy =
  | boolean
  | 'longest_first'
  | 'only_first'
  | 'only_second'
  | 'do_not_truncate'

/** A text, or a text that is cut into words already. */
export type TextInput = string | readonly string[]
/** One text, several, or pairs of texts; each a list of words with `isSplitIntoWords`. */
export type BatchInput = TextInput | readonly (TextInput | readonly TextInput[])[]

/** Options of `Tokenizer.call`, with the defaults of Transformers. */
export interface CallOptions {
  /** Second texts, one for each text. */
  textPair?: BatchInput | undefined
  /** Texts whose ids come back as `labels`. */
  textTarget?: BatchInput | undefined
  /** Second texts of the targets. */
  textPairTarget?: BatchInput | undefined
  /** Put the tokenizer's special tokens around each text. True by default. */
  addSpecialTokens?: boolean | undefined
  /** False by default. */
  padding?: PaddingStrategy | undefined
  /** Cut rows to `maxLength`, special tokens included. False by default, but true when only `maxLength` is given. */
  truncation?: TruncationStrategy | undefined
  /** Tokens a row; the tokenizer's `modelMaxLength` by default. */
  maxLength?: number | undefined
  /** `maxLength` of the targets. */
  maxTargetLength?: number | undefined
  /** Tokens that a row and the row of its overflow share. 0 by default. */
  stride?: number | undefined
  /** Each text is a list of words. False by default. */
  isSplitIntoWords?: boolean | undefined
  /** Pad to a multiple of this many tokens. */
  padToMultipleOf?: number | undefined
  /** The tokenizer's `paddingSide` by default. */
  paddingSide?: PaddingSide | undefined
  /** Return which text of a pair a token is of. By default if the model takes token type ids. */
  returnTokenTypeIds?: boolean | undefined
  /** Return 1 for tokens and 0 for padding. By default if the model takes an attention mask. */
  returnAttentionMask?: boolean | undefined
  /** Return what truncation cuts off as rows of their own, and which text each row is of. */
  returnOverflowingTokens?: boolean | undefined
  /**
   * What comes back of the text that truncation cuts off. 'all' by default where it is returned, else 'none'; 'word'
   * is for the answers of tokenizers 0.23.2, which lost what came after the word that was cut.
   */
  overflow?: Overflow | undefined
  /** Return 1 for special tokens and 0 for others. */
  returnSpecialTokensMask?: boolean | undefined
  /** Return where in the text each token is, in code points and in UTF-16 units. */
  returnOffsetsMapping?: boolean | undefined
  /** Return the number of tokens of each row. */
  returnLength?: boolean | undefined
  /** Read special tokens that are spelled out in the text as plain text. The tokenizer's setting by default. */
  splitSpecialTokens?: boolean | undefined
  /** Warn about options that do nothing and about rows that are too long for the model. True by default. */
  verbose?: boolean | undefined
}

/** What a tokenizer knows that options fall back on. */
export interface CallDefaults {
  readonly modelMaxLength: number
  readonly padTokenId: number | undefined
  readonly padToken: string | undefined
  readonly paddingSide: PaddingSide
}

/** Padding and truncation as one call wants them. */
export interface CallStrategies {
  readonly padding: 'longest' | 'max_length' | undefined
  readonly truncation: 'longest_first' | 'only_first' | 'only_second' | undefined
  readonly maxLength: number | undefined
  readonly paddingSide: PaddingSide
  readonly padToMultipleOf: number | undefined
  /** An option that does nothing as it was given. */
  readonly warning?: string | undefined
}

// No model is that long, and no row that is filled up to it should be made.
const MAX_PADDED = 2 ** 24
// Transformers writes 1e30 for "unknown" and takes everything above this for it.
const LARGE = 1e20

const known = new Set<string>([
  'textPair',
  'textTarget',
  'textPairTarget',
  'addSpecialTokens',
  'padding',
  'truncation',
  'maxLength',
  'maxTargetLength',
  'stride',
  'isSplitIntoWords',
  'padToMultipleOf',
  'paddingSide',
  'returnTokenTypeIds',
  'returnAttentionMask',
  'returnOverflowingTokens',
  'overflow',
  'returnSpecialTokensMask',
  'returnOffsetsMapping',
  'returnLength',
  'splitSpecialTokens',
  'verbose',
] satisfies (keyof CallOptions)[])

const switches = [
  'addSpecialTokens',
  'isSplitIntoWords',
  'returnTokenTypeIds',
  'returnAttentionMask',
  'returnOverflowingTokens',
  'returnSpecialTokensMask',
  'returnOffsetsMapping',
  'returnLength',
  'splitSpecialTokens',
  'verbose',
] as const

/** Refuses options that are unknown or of the wrong kind. */
export function checkOptions(options: CallOptions, where: string): void {
  for (const key of Object.keys(options)) {
    if (!known.has(key)) throw optionError(where, key, 'an option (they are in camelCase)', key)
  }
  for (const key of switches) {
    const value: unknown = options[key]
    if (value !== undefined && typeof value !== 'boolean') {
      throw optionError(where, key, 'true or false', value)
    }
  }
  for (const key of ['maxLength', 'maxTargetLength', 'stride'] as const) {
    const value = options[key]
    const isCount = Number.isSafeInteger(value) && (value as number) >= 0
    if (value !== undefined && !isCount && !(key === 'maxLength' && value === Infinity)) {
      throw optionError(where, key, 'a whole number from 0 on', value)
    }
  }
}

/** Padding and truncation by the rules of Transformers. */
export function strategiesOf(
  options: CallOptions,
  defaults: CallDefaults,
  where: string,
): CallStrategies {
  const { padToMultipleOf, padding: asked = false } = options
  const paddingSide = options.paddingSide ?? defaults.paddingSide
  let maxLength = options.maxLength === Infinity ? undefined : options.maxLength
  if (
    padToMultipleOf !== undefined &&
    !(Number.isSafeInteger(padToMultipleOf) && padToMultipleOf >= 1)
  ) {
    throw optionError(where, 'padToMultipleOf', 'a whole number from 1 on', padToMultipleOf)
  }
  if (paddingSide !== 'left' && paddingSide !== 'right') {
    throw optionError(where, 'paddingSide', 'left or right', paddingSide)
  }
  let padding = readPadding(asked, where)
  // A maximum alone asks for truncation.
  const wanted =
    options.truncation ?? (maxLength !== undefined && asked === false ? 'longest_first' : false)
  let truncation = readTruncation(wanted, where)
  const warning =
    asked === true && maxLength !== undefined && !truncation
      ? `${where}: maxLength does nothing with padding: true and no truncation; use padding: 'max_length' to pad to it.`
      : undefined
  if (maxLength === undefined) {
    const limit = defaults.modelMaxLength > LARGE ? undefined : defaults.modelMaxLength
    if (padding === 'max_length' && limit === undefined) padding = undefined
    if (limit === undefined) truncation = undefined
    if (padding === 'max_length' || truncation) maxLength = limit
  }
  if (padding === 'max_length' && maxLength! > MAX_PADDED) {
    throw optionError(where, 'maxLength', `at most ${MAX_PADDED} for max_length padding`, maxLength)
  }
  if (padding) requirePadToken(defaults, where)
  const isMultiple = maxLength === undefined || maxLength % (padToMultipleOf ?? 1) === 0
  if (padding && truncation && !isMultiple) {
    throw optionError(
      where,
      'maxLength',
      `a multiple of padToMultipleOf (${padToMultipleOf}) when rows are padded and cut`,
      maxLength,
    )
  }
  return { padding, truncation, maxLength, paddingSide, padToMultipleOf, warning }
}

function readPadding(value: unknown, where: string): CallStrategies['padding'] {
  if (value === true || value === 'longest') return 'longest'
  if (value === 'max_length') return value
  if (value === false || value === 'do_not_pad') return undefined
  throw optionError(where, 'padding', 'true, false, longest, max_length or do_not_pad', value)
}

function readTruncation(value: unknown, where: string): CallStrategies['truncation'] {
  if (value === true || value === 'longest_first') return 'longest_first'
  if (value === 'only_first' || value === 'only_second') return value
  if (value === false || value === 'do_not_truncate') return undefined
  const rule = 'true, false, longest_first, only_first, only_second or do_not_truncate'
  throw optionError(where, 'truncation', rule, value)
}

/** Padding needs a token to pad with. */
export function requirePadToken({ padTokenId, padToken }: CallDefaults, where: string): void {
  if (padTokenId !== undefined) return
  throw new TokenizerError(
    'ERR_TOKENIZER_OPTION',
    `${where}: padding needs a pad token; got ${padToken === undefined ? 'a tokenizer without' : `${show(padToken)}, which is not in the vocabulary`}. ` +
      `Set tokenizer.padToken = tokenizer.eosToken, or add one with addSpecialTokens({ padToken: '<pad>' }).`,
  )
}

/** The error for an option that cannot be. */
export function optionError(
  where: string,
  name: string,
  rule: string,
  got: unknown,
): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_OPTION',
    `${where}: ${name} must be ${rule}; got ${show(got)}.`,
  )
}
