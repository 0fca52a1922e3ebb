import type { KVCache } from '@heddle/cache'
import type { CausalLM } from '@heddle/nn'
import type { Scope, Tensor } from '@heddle/tensor'
import { CachedFeed } from './cached-feed.ts'
import type { Prompt } from './prompts.ts'
import { WholeFeed } from './whole-feed.ts'

/** Part of a step that can be captured once and replayed. */
export interface Repeatable {
  /** Makes room for the next step; a step captured for another number cannot be replayed. */
  prepare(): number
  /** A captured step was replayed: counts it. */
  replayed(): void
}

/** Brings tokens to a model: queues forward passes, synchronously. */
export interface Feed {
  /** Columns [from, to) of the prompt that are processed before its last piece. */
  readonly chunks: readonly (readonly [from: number, to: number])[]
  /** Processes one of `chunks`. */
  chunk(from: number, to: number): void
  /** Processes the prompt's last piece: logits [B, V] of its last token. */
  prompt(): Tensor
  /** Adds one token to each row ([B, 1] i32): logits [B, V] of it. */
  token(ids: Tensor): Tensor
  /** Present when `token` enqueues the same operations each time. */
  readonly repeats?: Repeatable
}

/** What a feed is made of. */
export interface FeedOptions {
  readonly model: CausalLM<KVCache>
  readonly prompt: Prompt
  /** Owns the tensors that live from step to step. */
  readonly owner: Scope
  readonly prefillChunkSize: number
}

/** The feed of a call; without a cache every step runs the whole rows again. */
export function createFeed(options: FeedOptions, cache: KVCache | undefined): Feed {
  return cache === undefined ? new WholeFeed(options) : new CachedFeed(options, cache)
}
