import { show, TokenizerError } from '../../errors.ts'

/** Keys and values of a GGUF file. */
export type GGUFFields = ReadonlyMap<string, unknown>

/** An error about one key. */
export function wrongField(key: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_FORMAT',
    `${key}: must be ${rule}; got ${show(got)}. Convert or download the GGUF file again.`,
    { details: { key } },
  )
}

/** A text, or undefined when the key is missing. */
export function textField(fields: GGUFFields, key: string): string | undefined {
  const value = fields.get(key)
  if (value === undefined || typeof value === 'string') return value
  throw wrongField(key, 'a string', kindOf(value))
}

/** true or false, or undefined when the key is missing. */
export function flagField(fields: GGUFFields, key: string): boolean | undefined {
  const value = fields.get(key)
  if (value === undefined || typeof value === 'boolean') return value
  throw wrongField(key, 'a bool', kindOf(value))
}

/** A list of texts, or undefined when the key is missing. */
export function textsField(fields: GGUFFields, key: string): readonly string[] | undefined {
  const value = fields.get(key)
  if (value === undefined) return undefined
  if (Array.isArray(value) && (value.length === 0 || typeof value[0] === 'string')) {
    return value as readonly string[]
  }
  throw wrongField(key, 'a list of strings', kindOf(value))
}

/** A list of `length` numbers, or undefined when the key is missing. */
export function numbersField(
  fields: GGUFFields,
  key: string,
  length: number,
): ArrayLike<number> | undefined {
  const value = fields.get(key)
  if (value === undefined) return undefined
  const isNumbers =
    ArrayBuffer.isView(value) &&
    !(value instanceof BigInt64Array) &&
    !(value instanceof BigUint64Array)
  if (!isNumbers) throw wrongField(key, 'a list of numbers', kindOf(value))
  const numbers = value as unknown as ArrayLike<number>
  if (numbers.length === length) return numbers
  throw wrongField(key, `a list of ${length} numbers, one for each token`, numbers.length)
}

/** The id of a token, below `count`, or undefined when the key is missing. */
export function idField(fields: GGUFFields, key: string, count: number): number | undefined {
  const value = fields.get(key)
  if (value === undefined) return undefined
  // Old converters wrote -1 for none.
  if (value === -1 || value === 0xffff_ffff) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count)
    return value
  throw wrongField(key, `an id below ${count}`, typeof value === 'bigint' ? `${value}` : value)
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return ArrayBuffer.isView(value) ? 'a list of numbers' : `a ${typeof value}`
}
