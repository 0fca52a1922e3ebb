import type { KVCache } from '@heddle/cache'
import { increment, type Tensor } from '@heddle/tensor'
import { idsOf, lastLogits, positionsOf, startsOf } from './columns.ts'
import type { Feed, FeedOptions, Repeatable } from './feed.ts'

/** Feeds only what the cache does not hold yet. */
export class CachedFeed implements Feed {
  readonly chunks: readonly (readonly [number, number])[]
  readonly repeats?: Repeatable
  readonly #options: FeedOptions
  readonly #cache: KVCache
  readonly #starts: Tensor | undefined
  readonly #lastChunk: number
  #positions: Tensor | undefined

  constructor(options: FeedOptions, cache: KVCache) {
    this.#options = options
    this.#cache = cache
    const { prompt, owner, prefillChunkSize } = options
    const chunks: [number, number][] = []
    let at = cache.length
    for (; prompt.length - at > prefillChunkSize; at += prefillChunkSize) {
      chunks.push([at, at + prefillChunkSize])
    }
    this.chunks = chunks
    this.#lastChunk = at
    this.#starts = owner.run(() => startsOf(prompt))
    if (options.model.isReplayable) {
      this.repeats = {
        prepare: () => {
          cache.reserve(prompt.rows, 1)
          return cache.version
        },
        replayed: () => cache.replayed(1),
      }
    }
  }

  chunk(from: number, to: number): void {
    this.#options.model.forward({ ...this.#columns(from, to), logitsToKeep: -1 })
  }

  prompt(): Tensor {
    const { model, prompt, owner } = this.#options
    this.#positions = owner.run(() => positionsOf(prompt, prompt.length, prompt.length + 1))
    return lastLogits(model, this.#columns(this.#lastChunk, prompt.length))
  }

  token(ids: Tensor): Tensor {
    const { model } = this.#options
    const positionIds = this.#positions as Tensor
    const logits = lastLogits(model, {
      inputIds: ids,
      positionIds,
      starts: this.#starts,
      cache: this.#cache,
    })
    increment(positionIds, 1)
    return logits
  }

  #columns(from: number, to: number) {
    const { prompt } = this.#options
    return {
      inputIds: idsOf(prompt, from, to),
      positionIds: positionsOf(prompt, from, to),
      starts: this.#starts,
      cache: this.#cache,
      sequenceLength: prompt.length,
    }
  }
}
