import { TokenizerError } from '../../errors.ts'

/** What rendering one template may cost; anything beyond is ERR_TEMPLATE_BUDGET. */
export interface TemplateBudget {
  /** Units of work: one for each part of the template that runs, each item and each 32 characters handled. */
  readonly maxSteps?: number | undefined
  /** Length of the output, and of any text or list on the way to it, in UTF-16 units or items. */
  readonly maxOutput?: number | undefined
  /** Levels of macro calls, recursive loops and nested values. */
  readonly maxDepth?: number | undefined
}

/** Counts what a template uses up. */
export class Budget {
  readonly maxOutput: number
  readonly maxDepth: number
  readonly #maxSteps: number
  #steps: number
  #depth = 0

  constructor({ maxSteps = 1_000_000, maxOutput = 1 << 22, maxDepth = 128 }: TemplateBudget = {}) {
    requireLimit('maxSteps', maxSteps)
    requireLimit('maxOutput', maxOutput)
    requireLimit('maxDepth', maxDepth)
    this.#maxSteps = maxSteps
    this.#steps = maxSteps
    this.maxOutput = maxOutput
    this.maxDepth = maxDepth
  }

  /** Takes `steps` units of work. */
  spend(steps: number): void {
    this.#steps -= steps
    // Written so that NaN fails as well.
    if (!(this.#steps >= 0)) throw budgetError('steps', this.#maxSteps, 'take')
  }

  /** Takes the work of handling a text of `length`. */
  read(length: number): void {
    this.spend(length >> 5)
  }

  /** Requires that a text of `length` is within the limit. */
  fit(length: number): void {
    if (!(length <= this.maxOutput))
      throw budgetError('characters', this.maxOutput, 'make texts of')
  }

  /** Takes the work of making a text of `length`, which must be within the limit; call it before making the text. */
  text(length: number): void {
    this.fit(length)
    this.spend(length >> 5)
  }

  /** Takes the work of making a list of `length`, which must be within the limit; call it before making the list. */
  items(length: number): void {
    if (!(length <= this.maxOutput)) throw budgetError('items', this.maxOutput, 'make lists of')
    this.spend(length)
  }

  /** Runs `body` one level deeper. */
  nested<Result>(body: () => Result): Result {
    if (++this.#depth > this.maxDepth) throw budgetError('levels', this.maxDepth, 'nest')
    const result = body()
    this.#depth--
    return result
  }
}

/** The error for going beyond a limit. */
export function budgetError(what: string, limit: number, verb: string): TokenizerError {
  return new TokenizerError(
    'ERR_TEMPLATE_BUDGET',
    `chat template: may ${verb} ${limit} ${what} at most; got more. ` +
      'If the template is to be trusted, raise the limit in templateBudget.',
    { details: { what, limit } },
  )
}

function requireLimit(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return
  throw new TokenizerError(
    'ERR_TEMPLATE_INPUT',
    `chat template: ${name} must be a whole number above 0; got ${String(value)}.`,
  )
}
