import type { GGUFFile } from '@heddle/formats'
import { ConfigError, UnsupportedOptionError } from '@heddle/tensor'

/** The metadata of one architecture in a GGUF file: `field('block_count')` is the key `llama.block_count`. */
export class GGUFFields {
  readonly architecture: string
  readonly file: GGUFFile

  constructor(file: GGUFFile) {
    const architecture = file.metadata.get('general.architecture')
    if (typeof architecture !== 'string') {
      throw new ConfigError(
        `${file.path}: general.architecture must be a string; got ${kindOf(architecture)}. ` +
          'Convert or download the file again.',
      )
    }
    this.architecture = architecture
    this.file = file
  }

  /** A value as the file has it: numbers that are the same for every layer as one number. */
  field(key: string): unknown {
    const name = `${this.architecture}.${key}`
    const value = this.file.metadata.get(name)
    if (typeof value === 'bigint') return Number(value)
    if (typeof value === 'number')
      return this.file.metadataTypes.get(name) === 'f32' ? shortest(value) : value
    if (typeof value !== 'object') return value
    const [first] = value
    if (first !== undefined && Array.prototype.every.call(value, (each) => each === first))
      return typeof first === 'bigint' ? Number(first) : first
    throw new UnsupportedOptionError(
      `${this.file.path}: ${name} must be the same for every layer; got a list of different values, ` +
        'which is not supported yet.',
    )
  }

  /** Throws `ERR_UNSUPPORTED_OPTION` unless the key is missing or `neutral`. */
  requireNeutral(key: string, neutral: unknown): void {
    const value = this.field(key)
    if (value === undefined || value === neutral) return
    throw new UnsupportedOptionError(
      `${this.file.path}: ${this.architecture}.${key} is not supported yet; got ${String(value).slice(0, 60)}. ` +
        `Only files with ${String(neutral)} load.`,
    )
  }

  /** The id of a special token, or undefined when there is none. */
  tokenId(name: string): number | undefined {
    const id = this.file.metadata.get(`tokenizer.ggml.${name}_token_id`)
    return typeof id === 'number' && id >= 0 && id < 0xffff_ffff ? id : undefined
  }
}

/** The shortest decimal number that is this f32: 0.00001 for 9.999999747378752e-6. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}

function kindOf(value: unknown): string {
  return value === undefined ? 'nothing' : `a ${typeof value}`
}
