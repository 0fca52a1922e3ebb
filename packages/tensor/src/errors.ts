const brand = Symbol.for('heddle.error')

/** Base of all errors of heddle: `message` reads `where: rule; got X. What to do.`, `code` is stable. */
export class HeddleError extends Error {
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: string,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.details = options.details ?? {}
    Object.defineProperty(this, brand, { value: true })
  }

  /** True for errors of any heddle package, whichever copy of it made them. */
  static isInstance(value: unknown): value is HeddleError {
    return typeof value === 'object' && value !== null && brand in value
  }
}

/** A shape that an operation does not accept (`ERR_SHAPE`, or `ERR_SHAPE_OVERFLOW` when sizes overflow). */
export class ShapeError extends HeddleError {
  constructor(message: string, code: 'ERR_SHAPE' | 'ERR_SHAPE_OVERFLOW' = 'ERR_SHAPE') {
    super(code, message)
  }
}

/** A dtype that an operation does not accept (`ERR_DTYPE`). */
export class DTypeError extends HeddleError {
  constructor(message: string) {
    super('ERR_DTYPE', message)
  }
}

/** A configuration that makes no sense (`ERR_CONFIG`). */
export class ConfigError extends HeddleError {
  constructor(message: string, code = 'ERR_CONFIG') {
    super(code, message)
  }
}

/** A file that breaks the rules of its format (`ERR_FORMAT_...`). */
export class FormatError extends HeddleError {}

/** An option whose value is wrong (`ERR_OPTION`). */
export class OptionError extends HeddleError {
  constructor(message: string) {
    super('ERR_OPTION', message)
  }
}

/** An option that would change the result and is not supported (`ERR_UNSUPPORTED_OPTION`). */
export class UnsupportedOptionError extends HeddleError {
  constructor(message: string) {
    super('ERR_UNSUPPORTED_OPTION', message)
  }
}

/** Use of a tensor, model or scope after `dispose()` (`ERR_TENSOR_DISPOSED`). */
export class DisposedError extends HeddleError {
  constructor(message: string) {
    super('ERR_TENSOR_DISPOSED', message)
  }
}

/** Not enough memory within the budget; `details` has tried, budget, allocated, reserved in bytes. */
export class OutOfMemoryError extends HeddleError {
  constructor(message: string, details?: Record<string, unknown>) {
    super('ERR_OUT_OF_MEMORY', message, { details })
  }
}

/** The call was aborted (`ERR_ABORTED`); its name is `AbortError`, as JavaScript expects. */
export class AbortError extends HeddleError {
  constructor(message = 'The operation was aborted.', cause?: unknown) {
    super('ERR_ABORTED', message, { cause })
    this.name = 'AbortError'
  }
}

/** Makes the error of the class that belongs to a native code. */
export function errorOf(
  code: string,
  message: string,
  details?: Record<string, unknown>,
): HeddleError {
  switch (code) {
    case 'ERR_OUT_OF_MEMORY':
      return new OutOfMemoryError(message, details)
    case 'ERR_ABORTED':
      return new AbortError(message)
    case 'ERR_OPTION':
      return new OptionError(message)
    case 'ERR_DTYPE':
      return new DTypeError(message)
    default:
      if (code.startsWith('ERR_FORMAT')) return new FormatError(code, message, { details })
      return new HeddleError(code, message, { details })
  }
}

/** Turns an error of the native addon (`CODE|message`) into ours; others pass through. */
export function fromNative(error: unknown): unknown {
  const text = error instanceof Error ? error.message : ''
  const match = /^(ERR_[A-Z0-9_]+)\|([\s\S]*)$/.exec(text)
  return match ? errorOf(match[1]!, match[2]!) : error
}

/** Calls `fn`, translating native errors. */
export function native<T>(fn: () => T): T {
  try {
    return fn()
  } catch (error) {
    throw fromNative(error)
  }
}
