import { abortError } from './abort.ts'

// Steps that may be queued on the device at once, over all calls: one runs, one is ready to run.
// More would not make the device faster, only let one call stand in the way of the others.
const STEPS_IN_FLIGHT = 2

// A call whose step ended this short a time ago (ms) is about to ask for its next one.
const THINKING_TIME = 5

/** The right to queue one step; `end()` gives it back when the step has run. */
export interface Turn {
  end(): void
}

interface Seat {
  inFlight: number
  lastEnd: number
}

interface Request {
  readonly seat: Seat
  grant(turn: Turn): void
}

/**
 * Lets concurrent calls queue their steps in turn: first come, first served, one step each. Only a
 * call that is alone runs a step ahead, so that nobody takes two turns where another waits for one.
 */
export class Turns {
  readonly #limit: number
  readonly #seats = new Set<Seat>()
  readonly #requests: Request[] = []
  #running = 0

  constructor(limit = STEPS_IN_FLIGHT) {
    this.#limit = limit
  }

  /** A place among the calls that take turns. */
  join(): CallTurns {
    const seat: Seat = { inFlight: 0, lastEnd: Number.NEGATIVE_INFINITY }
    this.#seats.add(seat)
    return {
      tryTake: () => (this.#mayStart(seat) ? this.#start(seat) : undefined),
      take: (signal) => this.#take(seat, signal),
      leave: () => {
        this.#seats.delete(seat)
        this.#serve()
      },
    }
  }

  #mayStart(seat: Seat): boolean {
    if (this.#running >= this.#limit) return false
    return seat.inFlight === 0 || this.#isAlone(seat)
  }

  #isAlone(seat: Seat): boolean {
    const recently = performance.now() - THINKING_TIME
    for (const other of this.#seats) {
      if (other !== seat && (other.inFlight > 0 || other.lastEnd > recently)) return false
    }
    return this.#requests.every((request) => request.seat === seat)
  }

  async #take(seat: Seat, signal: AbortSignal | undefined): Promise<Turn> {
    if (signal?.aborted) throw abortError(signal)
    return new Promise<Turn>((resolve, reject) => {
      const onAbort = () => {
        this.#requests.splice(this.#requests.indexOf(request), 1)
        reject(abortError(signal as AbortSignal))
        this.#serve()
      }
      const request: Request = {
        seat,
        grant: (turn) => {
          signal?.removeEventListener('abort', onAbort)
          resolve(turn)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#requests.push(request)
      this.#serve()
    })
  }

  /** Serves the requests that may be served, the oldest first. */
  #serve(): void {
    for (let i = 0; i < this.#requests.length; ) {
      const request = this.#requests[i] as Request
      if (this.#mayStart(request.seat)) {
        this.#requests.splice(i, 1)
        request.grant(this.#start(request.seat))
      } else i++
    }
  }

  #start(seat: Seat): Turn {
    this.#running++
    seat.inFlight++
    let ended = false
    return {
      end: () => {
        if (ended) return
        ended = true
        this.#running--
        seat.inFlight--
        seat.lastEnd = performance.now()
        this.#serve()
      },
    }
  }
}

/** The turns of one call. */
export interface CallTurns {
  /** A turn if there is one right now. */
  tryTake(): Turn | undefined
  /** Waits for a turn; rejects with an `AbortError` when the signal fires first. */
  take(signal: AbortSignal | undefined): Promise<Turn>
  /** The call is over. */
  leave(): void
}

/** The turns of this process. */
export const turns = new Turns()
