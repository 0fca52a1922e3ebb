import {
  appendHistory,
  argmax,
  concat,
  filterLogits,
  finish,
  gather,
  gt,
  multinomial,
  randomState,
  repetitionPenalty,
  type Scope,
  suppress,
  type Tensor,
  tensor,
  where,
  zeros,
} from '@heddle/tensor'
import type { Repeatable } from './feed.ts'
import type { Settings } from './options.ts'
import type { Prompt } from './prompts.ts'
import type { Lengths } from './stopping.ts'

// Room for new tokens in the history; it doubles when they are more.
const HISTORY_ROOM = 512

/** The ids of each row so far, where the device can read them. */
interface History {
  ids: Tensor // [B, room] i32
  readonly count: Tensor // [1] i32, ids in use
}

/**
 * Chooses the next token of each row on the device: penalties, filters and the draw work in place on
 * the logits, in the order of Transformers, and the state of the random numbers belongs to the call.
 */
export class Sampler implements Repeatable {
  /** The seed of the random numbers; undefined when greedy. */
  readonly seed: number | undefined
  readonly #settings: Settings
  readonly #minNewTokens: number
  readonly #padTokenId: number
  readonly #owner: Scope
  readonly #random: Tensor | undefined
  readonly #finished: Tensor | undefined // [B] u8
  readonly #history: History | undefined
  #room: number
  #steps = 0

  constructor(owner: Scope, prompt: Prompt, settings: Settings, lengths: Lengths) {
    const { eosTokenIds, doSample, padTokenId } = settings
    this.#owner = owner
    this.#settings = settings
    this.#minNewTokens = lengths.minNewTokens
    this.#padTokenId = padTokenId ?? 0
    this.#room = Math.min(lengths.maxNewTokens, HISTORY_ROOM)
    if (doSample) {
      const seed = settings.seed ?? Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
      this.seed = seed
      this.#random = owner.run(() => randomState(seed))
    }
    if (eosTokenIds.length > 0) {
      this.#finished = owner.run(() => zeros([prompt.rows], { dtype: 'u8' }))
    }
    if (settings.repetitionPenalty !== 1) {
      this.#history = owner.run(() => openHistory(prompt, this.#room))
    }
  }

  prepare(): number {
    if (this.#history !== undefined && this.#steps === this.#room) this.#extend(this.#history)
    // Two kinds of step for each size of the history.
    return 2 * this.#room + (this.#steps < this.#minNewTokens ? 1 : 0)
  }

  replayed(): void {
    this.#steps++
  }

  /** The next id of each row, [B] i32, from logits [B, V] that it may change; call `prepare` before. */
  next(logits: Tensor): Tensor {
    const { repetitionPenalty: penalty, eosTokenIds } = this.#settings
    const history = this.#history
    if (history !== undefined) repetitionPenalty(logits, history.ids, history.count, { penalty })
    if (this.#steps < this.#minNewTokens) suppress(logits, eosTokenIds)
    let ids: Tensor
    if (this.#random !== undefined) {
      filterLogits(logits, this.#settings)
      ids = multinomial(logits, this.#random)
    } else {
      ids = likeliest(logits)
    }
    if (this.#finished !== undefined) {
      finish(ids, this.#finished, { eosTokenIds, padTokenId: this.#padTokenId })
    }
    if (history !== undefined) appendHistory(history.ids, history.count, ids)
    this.#steps++
    return ids
  }

  #extend(history: History): void {
    const before = history.ids
    const rows = before.shape[0] as number
    history.ids = this.#owner.run(() => {
      const more = zeros([rows, this.#room], { dtype: 'i32' })
      const longer = concat([before, more], 1)
      more.dispose()
      return longer
    })
    before.dispose()
    this.#room *= 2
  }
}

/** The id that stands for "no token": the row had a NaN, or every token was ruled out. */
export const NO_TOKEN = -1

// argmax would answer with some id where there is none; a NaN beats every number, so the best score
// tells.
function likeliest(logits: Tensor): Tensor {
  const ids = argmax(logits, { axis: 1 })
  const best = gather(logits, ids.unsqueeze(1), 1).squeeze(1)
  return where(gt(best, Number.NEGATIVE_INFINITY), ids, NO_TOKEN)
}

function openHistory(prompt: Prompt, room: number): History {
  const width = prompt.length + room
  const ids = new Int32Array(prompt.rows * width)
  for (let b = 0; b < prompt.rows; b++) {
    const row = prompt.ids.subarray(b * prompt.length, (b + 1) * prompt.length)
    ids.set(row, b * width)
    // Padding is no token of the row; its first token, there anyway, stands in for it.
    const start = prompt.starts[b] as number
    ids.fill(row[start] as number, b * width, b * width + start)
  }
  return {
    ids: tensor(ids, { shape: [prompt.rows, width] }),
    count: tensor(Int32Array.of(prompt.length)),
  }
}
