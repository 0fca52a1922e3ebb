import type { Tensor } from '@heddle/tensor'
import type { KVCache, KVCacheConfig, KVDType, KVLayer } from './kv-cache.ts'
import { KVStore } from './kv-store.ts'

// Room is made in steps of this many tokens, and at least by half of what there is, so that a
// long generation copies each token a bounded number of times.
const ROOM = 256
const GROWTH = 1.5

/** A cache that grows with its tokens. */
export class DynamicCache implements KVCache {
  readonly maxLength = undefined
  readonly isStatic = false
  readonly isTrimmable = true
  readonly #store: KVStore

  /** `dtype` is what keys and values are stored as; take the model's. Default f32. */
  constructor(config: KVCacheConfig, options: { dtype?: KVDType } = {}) {
    this.#store = new KVStore('DynamicCache', config, options.dtype ?? 'f32')
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
    const need = store.length + tokens
    if (batch === store.batchSize && need <= store.capacity) return
    const room = store.length > 0 ? Math.max(need, store.capacity * GROWTH) : need
    store.resize(batch, Math.ceil(room / ROOM) * ROOM)
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
    this.#store.reset()
  }

  clone(): DynamicCache {
    const copy = new DynamicCache(this.#store.config, { dtype: this.dtype })
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
