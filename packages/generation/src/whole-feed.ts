import { concat, type Tensor } from '@heddle/tensor'
import { idsOf, lastLogits, positionsOf, startsOf } from './columns.ts'
import type { Feed, FeedOptions } from './feed.ts'

/** Feeds the whole rows each time, for `useCache: false`. */
export class WholeFeed implements Feed {
  readonly chunks = []
  readonly #options: FeedOptions
  readonly #starts: Tensor | undefined
  #ids: Tensor
  #length: number

  constructor(options: FeedOptions) {
    const { prompt, owner } = options
    this.#options = options
    this.#length = prompt.length
    this.#ids = owner.run(() => idsOf(prompt, 0, prompt.length))
    this.#starts = owner.run(() => startsOf(prompt))
  }

  chunk(): void {}

  prompt(): Tensor {
    const { model, prompt } = this.#options
    return lastLogits(model, {
      inputIds: this.#ids,
      positionIds: positionsOf(prompt, 0, this.#length),
      starts: this.#starts,
    })
  }

  token(ids: Tensor): Tensor {
    const before = this.#ids
    this.#ids = this.#options.owner.run(() => concat([before, ids], 1))
    before.dispose()
    this.#length++
    return this.prompt()
  }
}
