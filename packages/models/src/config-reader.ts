import { toCamelCase } from '@heddle/nn'
import { ConfigError, UnsupportedOptionError } from '@heddle/tensor'

/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>

/** True for a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Range {
  readonly min?: number
  readonly max?: number
}

/**
 * Reads config.json key by key. A missing key takes the default, a value of the wrong type or
 * outside its range is a `ConfigError` that names the key; keys nobody asks for are ignored.
 */
export class ConfigReader {
  readonly name: string
  readonly #json: JsonObject

  /** `name` opens every message: `LlamaConfig`. */
  constructor(name: string, json: JsonObject) {
    this.name = name
    this.#json = json
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#json, key)
  }

  /** Value as it stands in the file; undefined when missing or null. */
  raw(key: string): unknown {
    return this.has(key) ? (this.#json[key] ?? undefined) : undefined
  }

  /** Integer in [min, max], by default at least 1; required unless a default is given. */
  integer(key: string, options: Range & { default?: number } = {}): number {
    const { min = 1, max = 2 ** 31 - 1 } = options
    const value = this.raw(key) ?? options.default
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
      return value
    }
    throw this.error(key, `must be an integer from ${min} to ${max}`)
  }

  /** As `integer`, but null means none; so does a missing key without a default. */
  optionalInteger(key: string, options: Range & { default?: number } = {}): number | undefined {
    const isNone = this.has(key) ? this.#json[key] === null : options.default === undefined
    return isNone ? undefined : this.integer(key, options)
  }

  /** Finite number in [min, max]. */
  number(key: string, options: Range & { default?: number } = {}): number {
    const { min = 0, max = Number.MAX_VALUE } = options
    const value = this.raw(key) ?? options.default
    if (typeof value === 'number' && value >= min && value <= max) return value
    const upper = max === Number.MAX_VALUE ? `at least ${min}` : `from ${min} to ${max}`
    throw this.error(key, `must be a finite number ${upper}`)
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback
    if (typeof value === 'boolean') return value
    throw this.error(key, 'must be true or false')
  }

  string(key: string, fallback?: string): string {
    const value = this.raw(key) ?? fallback
    if (typeof value === 'string') return value
    throw this.error(key, 'must be a string')
  }

  /** List of `length` entries that `accepts` takes, or undefined when missing or null. */
  list<T>(
    key: string,
    length: number,
    rule: string,
    accepts: (item: unknown) => item is T,
  ): readonly T[] | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    if (Array.isArray(value) && value.length === length && value.every(accepts)) return value
    throw this.error(key, `must be a list of ${length} entries, each ${rule}`)
  }

  /** A nested object, read under the same name; undefined when missing or null. */
  object(key: string): ConfigReader | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    if (isJsonObject(value)) return new ConfigReader(`${this.name}.${toCamelCase(key)}`, value)
    throw this.error(key, 'must be an object')
  }

  /** Throws `ERR_UNSUPPORTED_OPTION` unless the key is missing, null or `neutral`. */
  requireNeutral(key: string, neutral: unknown): void {
    const value = this.raw(key)
    if (value === undefined || value === neutral) return
    throw new UnsupportedOptionError(
      `${this.name}: ${toCamelCase(key)} is not supported yet; got ${show(value)}. ` +
        `Only checkpoints with ${key} = ${show(neutral)} load.`,
    )
  }

  /** The error for a key whose value breaks `rule`. */
  error(key: string, rule: string): ConfigError {
    const value = this.has(key) ? show(this.#json[key]) : 'nothing'
    return new ConfigError(
      `${this.name}: ${toCamelCase(key)} ${rule}; got ${value}. Correct ${key} in config.json.`,
    )
  }
}

function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'undefined')
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
