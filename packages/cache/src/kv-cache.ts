import type { KVView, Tensor } from '@heddle/tensor'

/** The keys and values of one attention layer. */
export interface KVLayer {
  /**
   * Stores the keys and values [B, G, T, D] of the step that `begin` opened and returns everything
   * that attention may read: the new tokens and all before them.
   */
  append(k: Tensor, v: Tensor): KVView
}

/** What a cache needs to know of a model. */
export interface KVCacheConfig {
  readonly numHiddenLayers: number
  readonly numKeyValueHeads: number
  readonly headDim: number
}

/** Element types that keys and values may be stored in. */
export type KVDType = 'f32' | 'bf16' | 'f16'

/**
 * Keys and values of the tokens a model has seen. A step is `begin`, one `append` per layer, then
 * `advance`: models do all three. The tensors belong to the cache, never to the scope of a caller.
 */
export interface KVCache {
  readonly layers: readonly KVLayer[]
  /** Tokens stored in each row, padding included. */
  readonly length: number
  /** Most tokens it can hold; undefined when it grows. */
  readonly maxLength: number | undefined
  /** Rows, 0 before the first step. */
  readonly batchSize: number
  readonly dtype: KVDType
  /** True when its buffers never move. */
  readonly isStatic: boolean
  /** True when `crop` can take back any number of tokens. */
  readonly isTrimmable: boolean
  /** Bytes of its tensors. */
  readonly memoryBytes: number
  /**
   * Changes whenever one of its tensors is replaced: a captured step that used them cannot be replayed any
   * more.
   */
  readonly version: number
  /** Makes room for `tokens` more tokens in `batch` rows, so that the steps to come need not. */
  reserve(batch: number, tokens: number): void
  /**
   * Makes room for a step of `tokens` tokens in `batch` rows; `starts` [B] i32 is the slot of each
   * row's first token when rows are padded on the left, and must live until `advance`.
   * Throws before anything is queued: `ERR_CACHE_FULL`, `ERR_SHAPE`, `ERR_TENSOR_DISPOSED`.
   */
  begin(batch: number, tokens: number, starts?: Tensor): void
  /** Counts the tokens of the step as stored. */
  advance(tokens: number): void
  /** Counts the tokens of a captured step (`begin` to `advance`) that was replayed; call `reserve` before. */
  replayed(tokens: number): void
  /** Keeps the first `length` tokens of each row. */
  crop(length: number): void
  /** Forgets all tokens; also repairs a cache whose last step failed. */
  reset(): void
  /** A copy with memory of its own. */
  clone(): KVCache
  /** Frees its memory; idempotent. */
  dispose(): void
}
