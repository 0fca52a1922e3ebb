import { ConfigError, type Tensor } from '@heddle/tensor'
import { CacheFullError } from './errors.ts'
import type { KVCache, KVCacheConfig, KVDType, KVLayer } from './kv-cache.ts'
import { KVStore } from './kv-store.ts'

/** Options of a `StaticCache`. */
export interface StaticCacheOptions {
  /** Rows. */
  readonly maxBatchSize: number
  /** Tokens of a row, padding included. */
  readonly maxCacheLen: number
  /** What keys and values are stored as; take the model's. Default f32. */
  readonly dtype?: KVDType
}

/** A cache whose buffers are allocated once and never move. */
export class StaticCache implements KVCache {
  readonly maxLength: number
  readonly isStatic = true
  readonly isTrimmable = true
  readonly #store: KVStore
  readonly #maxBatchSize: number

  constructor(config: KVCacheConfig, options: StaticCacheOptions) {
    for (const key of ['maxBatchSize', 'maxCacheLen'] as const) {
      const value = options?.[key]
      if (!Number.isInteger(value) || value < 1 || value >= 2 ** 31) {
        throw new ConfigError(
          `StaticCache: ${key} must be a positive integer; got ${String(value)}.`,
        )
      }
    }
    this.#maxBatchSize = options.maxBatchSize
    this.maxLength = options.maxCacheLen
    this.#store = new KVStore('StaticCache', config, options.dtype ?? 'f32')
    this.#store.resize(this.#maxBatchSize, this.maxLength)
  }

  get layers(): readonly KVLayer[] {
    return this.#store.layers
  }

  get length(): number {
    return this.#store.length
  }

  get batchSize(): number {
    return this.#store.batchSize
  }

  get version(): number {
    return this.#store.version
  }

  get dtype(): KVDType {
    return this.#store.dtype
  }

  get memoryBytes(): number {
    return this.#store.memoryBytes
  }

  reserve(batch: number, tokens: number): void {
    const store = this.#store
    store.check(batch, tokens)
    if (batch !== this.#maxBatchSize) {
      throw new ConfigError(
        `StaticCache: a step must have maxBatchSize (${this.#maxBatchSize}) rows; got ` +
          `${batch}. Make a cache for ${batch} rows.`,
      )
    }
    const { maxLength } = this
    const { length } = store
    if (length + tokens > maxLength) {
      throw new CacheFullError(
        `StaticCache: the step must fit beside the ${length} tokens stored (maxCacheLen is ` +
          `${maxLength}); got ${tokens} tokens. Generate fewer tokens or make a larger cache.`,
        { length, maxLength, tokens },
      )
    }
  }

  begin(batch: number, tokens: number, starts?: Tensor): void {
    this.reserve(batch, tokens)
    this.#store.open(starts)
  }

  advance(tokens: number): void {
    this.#store.advance(tokens)
  }

  replayed(tokens: number): void {
    this.#store.replayed(tokens)
  }

  crop(length: number): void {
    this.#store.crop(length)
  }

  reset(): void {
    this.#store.assertUsable()
    this.#store.reset()
    this.#store.resize(this.#maxBatchSize, this.maxLength)
  }

  clone(): StaticCache {
    const { dtype, maxLength: maxCacheLen } = this
    const maxBatchSize = this.#maxBatchSize
    const copy = new StaticCache(this.#store.config, { maxBatchSize, maxCacheLen, dtype })
    copy.#store.copyFrom(this.#store)
    return copy
  }

  dispose(): void {
    this.#store.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
