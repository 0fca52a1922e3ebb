import { FormatError, HeddleError } from '@heddle/tensor'

/** `model_type` names an architecture that this package does not have. */
export class UnknownModelTypeError extends HeddleError {
  constructor(modelType: string, supported: readonly string[], where = 'config.json: model_type') {
    super(
      'ERR_UNKNOWN_MODEL_TYPE',
      `${where} must be one of ${supported.join(', ')}; ` +
        `got ${JSON.stringify(modelType.slice(0, 80))}. Choose a checkpoint of a supported type.`,
      { details: { modelType, supported } },
    )
  }
}

/** The config asks for more memory than the machine has; thrown before anything is allocated. */
export class ModelTooLargeError extends HeddleError {
  constructor(message: string, details: Record<string, unknown>) {
    super('ERR_MODEL_TOO_LARGE', message, { details })
  }
}

/** Weights that differ from what the config implies; every name is in the lists. */
export class WeightsMismatchError extends FormatError {
  readonly missing: readonly string[]
  readonly unexpected: readonly string[]
  readonly mismatched: readonly string[]

  constructor(
    modelType: string,
    lists: { missing: string[]; unexpected: string[]; mismatched: string[] },
  ) {
    const parts = [
      describe('missing', lists.missing),
      describe('unexpected', lists.unexpected),
      describe('mismatched', lists.mismatched),
    ].filter((part) => part !== '')
    super(
      'ERR_FORMAT_WEIGHTS_MISMATCH',
      `${modelType}: the weights must be exactly those of config.json; got ${parts.join('; ')}. ` +
        'Is the checkpoint complete, and does config.json belong to it?',
      { details: lists },
    )
    this.missing = lists.missing
    this.unexpected = lists.unexpected
    this.mismatched = lists.mismatched
  }
}

function describe(kind: string, names: readonly string[]): string {
  if (names.length === 0) return ''
  const shown = names.slice(0, 20).join(', ')
  const rest = names.length > 20 ? ` and ${names.length - 20} more` : ''
  return `${names.length} ${kind} (${shown}${rest})`
}
