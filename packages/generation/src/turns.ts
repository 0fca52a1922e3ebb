import { abortError } from './abort.ts'

// Steps that may be queued on the device at once, over all calls: one runs, one is ready to run.
// More would not make the device faster, only let one call stand in the way of the others.
const STEPS_IN_FLIGHT = 2

/** The right to queue one step; `end()` gives it back when the step has run. */
export interface Turn {
  end(): void
}

interface Waiting {
  grant(turn: Turn): void
}

/**
 * Lets concurrent calls queue their steps in turn. A call asks once for each step, and requests are
 * served first come, first served, so every call gets one step a round.
 */
export class Turns {
  readonly #limit: number
  readonly #waiting: Waiting[] = []
  #running = 0

  constructor(limit = STEPS_IN_FLIGHT) {
    this.#limit = limit
  }

  /** A turn if one is free and nobody waits for it. */
  tryTake(): Turn | undefined {
    if (this.#running >= this.#limit || this.#waiting.length > 0) return undefined
    return this.#grant()
  }

  /** Waits for a turn; rejects with an `AbortError` when the signal fires first. */
  async take(signal: AbortSignal | undefined): Promise<Turn> {
    if (signal?.aborted) throw abortError(signal)
    const free = this.tryTake()
    if (free !== undefined) return free
    return new Promise<Turn>((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(abortError(signal as AbortSignal))
      }
      const waiting: Waiting = {
        grant: (turn) => {
          signal?.removeEventListener('abort', onAbort)
          resolve(turn)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(waiting)
    })
  }

  #grant(): Turn {
    this.#running++
    let ended = false
    return {
      end: () => {
        if (ended) return
        ended = true
        this.#running--
        this.#waiting.shift()?.grant(this.#grant())
      },
    }
  }
}

/** The turns of this process. */
export const turns = new Turns()
