import {
  assign,
  type Captured,
  capture,
  type Scope,
  scope,
  synchronize,
  type Tensor,
} from '@heddle/tensor'
import { throwIfAborted } from './abort.ts'
import type { Step, StepSource } from './decode-loop.ts'
import type { Feed, Repeatable } from './feed.ts'
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
  #ids: Tensor | undefined // [rows] i32, the latest ids
  #captured: Captured<void> | undefined
  #capturedFor = ''
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
    this.#captured?.dispose()
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
    return this.#step(await this.#turns.take(signal), () => {
      this.#options.sampler.prepare()
      this.#ids = scope(() => this.#options.sampler.next(feed.prompt()))
      return this.#ids
    })
  }

  tryNext(): Step | undefined {
    const turn = this.#turns.tryTake()
    return turn === undefined ? undefined : this.#step(turn, () => this.#token())
  }

  async next(): Promise<Step> {
    return this.#step(await this.#turns.take(this.#options.signal), () => this.#token())
  }

  /** Enqueues the forward pass of the latest ids and the choice of the next ones. */
  #token(): Tensor {
    const { feed, sampler } = this.#options
    const ids = this.#ids as Tensor
    if (feed.repeats === undefined) {
      sampler.prepare()
      scope(() => this.#forward(ids))
    } else this.#replay(ids, feed.repeats)
    return ids
  }

  #forward(ids: Tensor): void {
    const { feed, sampler, rows } = this.#options
    assign(ids, sampler.next(feed.token(ids.reshape([rows, 1]))))
  }

  // Capturing counts a step on the host and does nothing on the device; the first replay does it there.
  #replay(ids: Tensor, feed: Repeatable): void {
    const { sampler } = this.#options
    const wanted = `${feed.prepare()} ${sampler.prepare()}`
    if (this.#captured !== undefined && wanted === this.#capturedFor) {
      feed.replayed()
      sampler.replayed()
    } else {
      this.#captured?.dispose()
      this.#captured = capture(() => this.#forward(ids))
      this.#capturedFor = wanted
    }
    this.#captured.replay()
  }

  /** Queues a step: ids never visit JavaScript between the forward pass and the choice of the next ones. */
  #step(turn: Turn, enqueue: () => Tensor): Step {
    const ids = this.#queue(turn, () => enqueue().data() as Promise<Int32Array>)
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
