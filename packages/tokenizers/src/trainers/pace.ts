/** How far a training is. */
export interface TrainingProgress {
  /** words: texts are read; alphabet and pairs: BPE prepares; merges: BPE; seeds and estimates: Unigram. */
  readonly stage: 'words' | 'alphabet' | 'pairs' | 'merges' | 'seeds' | 'estimates'
  /** Texts, words, merges or passes so far. */
  readonly done: number
  /** How many there will be at most; undefined while that is not known. */
  readonly total: number | undefined
}

/** What every training takes. */
export interface PaceOptions {
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined
  /** Ends the training; its reason is what the promise rejects with. */
  readonly signal?: AbortSignal | undefined
}

// Long enough to cost nothing, short enough that others on the event loop hardly notice.
const TURN_MS = 20

/** Shares the event loop during a long computation: every few milliseconds others get a turn. */
export class Pace {
  readonly #options: PaceOptions
  #turnEnds = performance.now() + TURN_MS

  constructor(options: PaceOptions) {
    this.#options = options
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal
  }

  /** True when it is time to `rest`. */
  get isDue(): boolean {
    return performance.now() >= this.#turnEnds
  }

  /** Tells how far the work is, lets others run, and ends the work when its signal says so. */
  async rest(
    stage: TrainingProgress['stage'],
    done: number,
    total: number | undefined,
  ): Promise<void> {
    this.#options.onProgress?.({ stage, done, total })
    await new Promise((resolve) => setTimeout(resolve, 0))
    this.#options.signal?.throwIfAborted()
    this.#turnEnds = performance.now() + TURN_MS
  }
}
