import { type Scope, scope, synchronize, type Tensor } from '@heddle/tensor'
import { throwIfAborted } from './abort.ts'
import type { Step, StepSource } from './decode-loop.ts'
import type { Feed } from './feed.ts'
import type { GenerationProgress } from './options.ts'
import type { Sampler } from './sampler.ts'
import { type CallTurns, type Turn, turns } from './turns.ts'

/** What the steps of one call are made of. */
export interface ModelStepsOptions {
  readonly feed: Feed
  readonly sampler: Sampler
  /** Owns every tensor of the call. */
  readonly owner: Scope
  readonly rows: number
  readonly promptLength: number
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: GenerationProgress) => void) | undefined
}

/** Queues the steps of one call, each in its turn among all calls of the process. */
export class ModelSteps implements StepSource {
  readonly #options: ModelStepsOptions
  readonly #turns: CallTurns = turns.join()
  #last: Tensor | undefined
  #failed = false

  constructor(options: ModelStepsOptions) {
    this.#options = options
  }

  /** True once a step failed on the device: what it wrote to is lost. */
  get failed(): boolean {
    return this.#failed
  }

  /** The call is over: it takes no more turns. */
  leave(): void {
    this.#turns.leave()
  }

  async first(): Promise<Step> {
    const { feed, signal, onProgress, promptLength } = this.#options
    for (const [from, to] of feed.chunks) {
      const turn = await this.#turns.take(signal)
      this.#queue(turn, () => {
        scope(() => feed.chunk(from, to))
        return synchronize()
      })
      onProgress?.({ phase: 'prefill', done: to, total: promptLength })
    }
    return this.#step(await this.#turns.take(signal), () => feed.prompt())
  }

  tryNext(): Step | undefined {
    const turn = this.#turns.tryTake()
    return turn === undefined ? undefined : this.#step(turn, () => this.#token())
  }

  async next(): Promise<Step> {
    return this.#step(await this.#turns.take(this.#options.signal), () => this.#token())
  }

  #token(): Tensor {
    const { feed, rows } = this.#options
    return feed.token((this.#last as Tensor).reshape([rows, 1]))
  }

  /** Queues a forward pass and the choice of the next ids, which never visit JavaScript between. */
  #step(turn: Turn, logits: () => Tensor): Step {
    const ids = this.#queue(turn, () => {
      const last = scope(() => this.#options.sampler.next(logits()))
      this.#last?.dispose()
      this.#last = last
      return last.data() as Promise<Int32Array>
    })
    return { ids }
  }

  #queue<T>(turn: Turn, queue: () => Promise<T>): Promise<T> {
    try {
      throwIfAborted(this.#options.signal)
      const done = this.#options.owner.run(queue)
      // Handles its rejection too: nobody may be waiting for a step that was queued ahead.
      done.then(turn.end, () => {
        this.#failed = true
        turn.end()
      })
      return done
    } catch (error) {
      turn.end()
      throw error
    }
  }
}
