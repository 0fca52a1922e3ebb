import {
  concat,
  ConfigError,
  DisposedError,
  DTypeError,
  increment,
  type KVView,
  kvAppend,
  memory,
  OutOfMemoryError,
  Scope,
  ShapeError,
  Tensor,
  tensor,
  zeros,
} from '@heddle/tensor'
import type { KVCacheConfig, KVDType, KVLayer } from './kv-cache.ts'

// Keys are stored [B, G, S/16, D, 16] and values [B, G, S, D], so S is a multiple of this.
const BLOCK = 16

const BYTES: Readonly<Record<KVDType, number>> = { f32: 4, bf16: 2, f16: 2 }

interface Buffers {
  readonly k: Tensor
  readonly v: Tensor
}

/** The buffers of a cache and what is stored in them; caches differ in when they make room. */
export class KVStore {
  readonly config: KVCacheConfig
  readonly dtype: KVDType
  readonly layers: readonly KVLayer[]
  readonly #name: string
  #buffers: Buffers[] = []
  #past: Tensor | undefined
  #starts: Tensor | undefined
  #batchSize = 0
  #capacity = 0
  #length = 0
  #version = 0
  #disposed = false

  constructor(name: string, config: KVCacheConfig, dtype: KVDType) {
    for (const key of ['numHiddenLayers', 'numKeyValueHeads', 'headDim'] as const) {
      if (!Number.isInteger(config?.[key]) || config[key] < 1) {
        throw new ConfigError(
          `${name}: config.${key} must be a positive integer; got ${String(config?.[key])}. ` +
            "Pass the model's config.",
        )
      }
    }
    if (!Object.hasOwn(BYTES, dtype)) {
      throw new DTypeError(`${name}: dtype must be f32, bf16 or f16; got ${String(dtype)}.`)
    }
    this.#name = name
    this.config = config
    this.dtype = dtype
    this.layers = Array.from({ length: config.numHiddenLayers }, (_, index) => ({
      append: (k: Tensor, v: Tensor) => this.#append(index, k, v),
    }))
  }

  get length(): number {
    return this.#length
  }

  get batchSize(): number {
    return this.#batchSize
  }

  /** Changes whenever a tensor of the store is replaced. */
  get version(): number {
    return this.#version
  }

  /** Tokens per row that the buffers have room for. */
  get capacity(): number {
    return this.#capacity
  }

  get memoryBytes(): number {
    return this.#bytes(this.#batchSize, this.#capacity) + (this.#past === undefined ? 0 : 4)
  }

  #bytes(batch: number, capacity: number): number {
    const { numHiddenLayers, numKeyValueHeads, headDim } = this.config
    return 2 * numHiddenLayers * batch * capacity * numKeyValueHeads * headDim * BYTES[this.dtype]
  }

  // The device would find out too, but only after filling what it has, layer by layer.
  #requireBudget(batch: number, capacity: number): void {
    const tried = this.#bytes(batch, capacity)
    const { budget, allocated, reserved } = memory().device
    if (tried <= budget) return
    const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`
    throw new OutOfMemoryError(
      `${this.#name}: the cache must fit into the memory budget (${mib(budget)}); got ` +
        `${mib(tried)} for ${batch} rows of ${capacity} tokens. Ask for fewer tokens or rows.`,
      { tried, budget, allocated, reserved },
    )
  }

  assertUsable(): void {
    if (!this.#disposed) return
    throw new DisposedError(`${this.#name}: the cache must be in use; got a disposed one.`)
  }

  /** Checks a step's arguments before anything is queued. */
  check(batch: number, tokens: number): void {
    this.assertUsable()
    for (const [what, value] of [
      ['batch', batch],
      ['tokens', tokens],
    ] as const) {
      if (!Number.isInteger(value) || value < 1) {
        throw new ShapeError(
          `${this.#name}.begin: ${what} must be a positive integer; got ${value}.`,
        )
      }
    }
    if (this.#length > 0 && batch !== this.#batchSize) {
      throw new ShapeError(
        `${this.#name}.begin: the step must have as many rows as are stored ` +
          `(${this.#batchSize}); got ${batch}. Use a cache of its own, or reset() this one.`,
      )
    }
  }

  /** Opens a step; the buffers have room for it. */
  open(starts: Tensor | undefined): void {
    this.#starts = starts
  }

  /** Gives the store buffers for `batch` rows of `capacity` tokens, keeping what is stored. */
  resize(batch: number, capacity: number): void {
    const blocks = Math.ceil(capacity / BLOCK)
    const { numKeyValueHeads: heads, headDim: width, numHiddenLayers } = this.config
    const { dtype } = this
    const keep = this.#length > 0
    this.#requireBudget(batch, blocks * BLOCK)
    if (!keep) this.#free()
    const oldBlocks = keep ? this.#capacity / BLOCK : 0
    this.#past ??= owned(() => tensor(new Int32Array(1)))
    const more = blocks - oldBlocks
    for (let index = 0; index < numHiddenLayers; index++) {
      const old = this.#buffers[index]
      this.#buffers[index] = owned(() => {
        // Zeros, because a masked weight of 0 times uninitialised memory could be NaN.
        const k = zeros([batch, heads, more, width, BLOCK], { dtype })
        const v = zeros([batch, heads, more * BLOCK, width], { dtype })
        if (old === undefined) return { k, v }
        return { k: concat([old.k, k], 2), v: concat([old.v, v], 2) }
      })
      free(old)
    }
    this.#batchSize = batch
    this.#capacity = blocks * BLOCK
    this.#version++
  }

  #append(index: number, k: Tensor, v: Tensor): KVView {
    const buffers = this.#buffers[index]
    if (buffers === undefined || this.#past === undefined) {
      throw new ConfigError(
        `${this.#name}: append belongs between begin() and advance(); got it without begin().`,
      )
    }
    kvAppend(buffers.k, buffers.v, k, v, this.#past)
    return { ...buffers, past: this.#past, starts: this.#starts }
  }

  advance(tokens: number): void {
    this.replayed(tokens)
    this.#starts = undefined
    const past = this.#past
    if (past !== undefined) apart(() => increment(past, tokens))
  }

  replayed(tokens: number): void {
    if (this.#length + tokens > this.#capacity) {
      throw new ShapeError(
        `${this.#name}.advance: tokens must be what begin() made room for ` +
          `(${this.#capacity - this.#length} at most); got ${tokens}.`,
      )
    }
    this.#length += tokens
  }

  crop(length: number): void {
    if (!Number.isInteger(length) || length < 0 || length > this.#length) {
      throw new ShapeError(
        `${this.#name}.crop: length must be an integer from 0 to ${this.#length} (the tokens ` +
          `stored); got ${length}.`,
      )
    }
    if (length === this.#length) return
    // First what can fail, so that a failure leaves the cache as it was.
    const past = owned(() => tensor(Int32Array.of(length)))
    this.#past?.dispose()
    this.#past = past
    this.#length = length
    this.#version++
  }

  /** Forgets all tokens and gives the buffers back. */
  reset(): void {
    this.#length = 0
    this.#free()
  }

  /** Copies what `source` stores; both have the same config. */
  copyFrom(source: KVStore): void {
    this.reset()
    source.assertUsable()
    const past = source.#past
    if (past === undefined) return
    this.#buffers = source.#buffers.map(({ k, v }) => owned(() => ({ k: k.clone(), v: v.clone() })))
    this.#past = owned(() => past.clone())
    this.#batchSize = source.#batchSize
    this.#capacity = source.#capacity
    this.#length = source.#length
    this.#version++
  }

  dispose(): void {
    if (this.#disposed) return
    this.#length = 0
    this.#free()
    this.#disposed = true
  }

  #free(): void {
    for (const buffers of this.#buffers) free(buffers)
    this.#buffers = []
    this.#past?.dispose()
    this.#past = undefined
    this.#starts = undefined
    this.#batchSize = 0
    this.#capacity = 0
    this.#version++
  }
}

/**
 * Runs `fn` apart from every scope of the caller, so that what it returns outlives the call that
 * happens to need it.
 */
function owned<T extends Tensor | Buffers>(fn: () => T): T {
  return apart((scope) => {
    const made = fn()
    for (const tensor of made instanceof Tensor ? [made] : [made.k, made.v]) scope.detach(tensor)
    return made
  })
}

/** Runs `fn` in a scope of its own, which no abort of the caller reaches. */
function apart<T>(fn: (scope: Scope) => T): T {
  const scope = new Scope()
  try {
    return scope.run(() => fn(scope))
  } finally {
    scope.dispose()
  }
}

function free(buffers: Buffers | undefined): void {
  buffers?.k.dispose()
  buffers?.v.dispose()
}
