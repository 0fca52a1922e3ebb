import { DynamicCache, type KVCache, type KVDType, StaticCache } from '@heddle/cache'
import type { CausalLM } from '@heddle/nn'
import { OptionError } from '@heddle/tensor'
import type { Settings } from './options.ts'
import type { Prompt } from './prompts.ts'

/** The cache of one call. */
export interface CallCache {
  /** Undefined with `useCache: false`. */
  readonly cache: KVCache | undefined
  /** True when it came with the call and lives on. */
  readonly isBorrowed: boolean
  /** Leaves a borrowed cache with the tokens of `length`, or empty; frees one of the call's own. */
  release(end: { keep: number } | 'failed'): void
}

// Tokens of the answer that a dynamic cache has room for from the start.
const ROOM_FOR_ANSWER = 128

const borrowed = new WeakSet<KVCache>()

/** Makes the cache that a call asks for, or borrows the one it brought. */
export function openCache(
  model: CausalLM<KVCache>,
  prompt: Prompt,
  maxNewTokens: number,
  settings: Settings,
): CallCache {
  if (settings.pastKeyValues !== undefined) {
    return borrow(settings.pastKeyValues, prompt, maxNewTokens)
  }
  if (!settings.useCache) return { cache: undefined, isBorrowed: false, release: () => {} }
  const dtype = cacheDType(model)
  // The last new token is never fed back.
  const need = prompt.length + maxNewTokens - 1
  if (settings.cacheImplementation === 'dynamic') {
    const cache = new DynamicCache(model.config, { dtype })
    cache.reserve(prompt.rows, room(prompt, maxNewTokens))
    return own(cache)
  }
  const maxCacheLen = settings.maxCacheLen ?? need
  if (maxCacheLen < need) {
    throw new OptionError(
      `generate: maxCacheLen must hold the prompt (${prompt.length}) and the new tokens but the ` +
        `last (${maxNewTokens - 1}); got ${maxCacheLen}. Pass at least ${need}, or fewer new tokens.`,
    )
  }
  return own(new StaticCache(model.config, { maxBatchSize: prompt.rows, maxCacheLen, dtype }))
}

function own(cache: KVCache): CallCache {
  return { cache, isBorrowed: false, release: () => cache.dispose() }
}

function borrow(cache: KVCache, prompt: Prompt, maxNewTokens: number): CallCache {
  if (borrowed.has(cache)) {
    throw new OptionError(
      'generate: pastKeyValues may serve one call at a time; got a cache that another call is ' +
        'using. Wait for that call, or pass cache.clone().',
    )
  }
  const { length, maxLength, batchSize } = cache
  if (length >= prompt.length) {
    throw new OptionError(
      `generate: inputs must go on after the ${length} tokens that pastKeyValues holds; got ` +
        `${prompt.length}. Pass the whole sequence, the cached tokens first, or crop() the cache.`,
    )
  }
  if (length > 0 && batchSize !== prompt.rows) {
    throw new OptionError(
      `generate: pastKeyValues holds ${batchSize} rows; got ${prompt.rows} rows of inputs.`,
    )
  }
  const need = prompt.length + maxNewTokens - 1
  if (maxLength !== undefined && need > maxLength) {
    throw new OptionError(
      `generate: pastKeyValues must hold the prompt (${prompt.length}) and the new tokens but the ` +
        `last (${maxNewTokens - 1}); got room for ${maxLength}. Pass a larger cache, or ` +
        `maxNewTokens: ${Math.max(1, maxLength - prompt.length + 1)}.`,
    )
  }
  cache.reserve(prompt.rows, room(prompt, maxNewTokens) - length)
  borrowed.add(cache)
  return {
    cache,
    isBorrowed: true,
    release: (end) => {
      borrowed.delete(cache)
      if (end === 'failed') cache.reset()
      else cache.crop(Math.min(cache.length, end.keep))
    },
  }
}

// The prompt is never copied; a long answer may be, as nobody knows how long it gets.
function room(prompt: Prompt, maxNewTokens: number): number {
  return prompt.length + Math.min(maxNewTokens - 1, ROOM_FOR_ANSWER)
}

function cacheDType(model: CausalLM<KVCache>): KVDType {
  return model.dtype === 'bf16' || model.dtype === 'f16' ? model.dtype : 'f32'
}
