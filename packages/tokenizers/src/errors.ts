/** Stable codes of {@link TokenizerError}. */
export type TokenizerErrorCode =
  | 'ERR_TOKENIZER_JSON'
  | 'ERR_TOKENIZER_FORMAT'
  | 'ERR_TOKENIZER_ID_RANGE'
  | 'ERR_TOKENIZER_LIMIT'
  | 'ERR_TOKENIZER_MERGES'
  | 'ERR_TOKENIZER_UNSUPPORTED'
  | 'ERR_TOKENIZER_REGEX_UNSUPPORTED'
  | 'ERR_TOKENIZER_FILE'
  | 'ERR_TOKENIZER_INPUT'
  | 'ERR_TOKENIZER_OPTION'
  | 'ERR_TOKENIZER_TRAINING'
  | 'ERR_TOKENIZER_ABORTED'
  | 'ERR_TEMPLATE_MISSING'
  | 'ERR_TEMPLATE_SYNTAX'
  | 'ERR_TEMPLATE_RENDER'
  | 'ERR_TEMPLATE_RAISED'
  | 'ERR_TEMPLATE_INPUT'
  | 'ERR_TEMPLATE_UNDEFINED'
  | 'ERR_TEMPLATE_SECURITY'
  | 'ERR_TEMPLATE_BUDGET'
  | 'ERR_TOOL_SCHEMA'

const brand = Symbol.for('heddle.error')

/** Anything that goes wrong in this package; `code` is stable, `details` holds the data of the message. */
export class TokenizerError extends Error {
  readonly code: TokenizerErrorCode
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly [brand] = true

  constructor(
    code: TokenizerErrorCode,
    message: string,
    options: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TokenizerError'
    this.code = code
    this.details = options.details
  }
}

/** True for errors of this class, also those of another copy of the package. */
export function isTokenizerError(value: unknown): value is TokenizerError {
  return value instanceof Error && brand in value && value.name === 'TokenizerError'
}

/** A short, single-line picture of a value for messages. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    text = undefined
  }
  text ??= String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
