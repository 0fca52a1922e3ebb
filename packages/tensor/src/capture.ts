import { uploadCommands } from '@heddle/native'
import { enqueueProgram, enqueueProgramFree, enqueueReplay, recordCommands } from './encoder.ts'
import { HeddleError, native } from './errors.ts'
import { scope } from './scope.ts'
import { environmentId } from './stream.ts'

/** Operations that were recorded once and are enqueued as one command. */
export interface Captured<T> {
  /** What the function returned. Its tensors hold the values of the latest replay, none before the first. */
  readonly result: T
  /**
   * Enqueues the recorded operations again, as one command. When one of them fails, everything the program
   * writes is lost: its results and its in-place targets.
   */
  replay(): void
  /** Frees the program and its temporaries, not its results. Idempotent. */
  dispose(): void
  [Symbol.dispose](): void
}

let next = 1
const free: number[] = []

// A number may be used again as soon as its end was enqueued: the stream executes in order.
function release(program: number): void {
  enqueueProgramFree(program)
  free.push(program)
}

// The safety net for programs that nobody freed.
const registry = new FinalizationRegistry<number>(release)

/**
 * Records the operations that `fn` enqueues, without running them. A replay does what `fn` would do, at a
 * fraction of the cost: nothing is checked, allocated or written down again. So `fn` must do the same each
 * time: what changes between replays (ids, positions, lengths) has to be tensors, updated in place. Tensors
 * from outside must outlive the program; `fn` may neither free them, nor read values, nor upload more than
 * 4 KiB (ERR_CAPTURE).
 *
 * @example
 * const step = capture(() => assign(state, model(state)))
 * for (let i = 0; i < 100; i++) step.replay()
 */
export function capture<T>(fn: () => T): Captured<T> {
  // The outer scope frees the results when the recording is refused.
  const [captured] = scope(() => {
    const recording = recorded(fn)
    return [recording, recording.result]
  })
  return captured as Captured<T>
}

function recorded<T>(fn: () => T): Captured<T> {
  let result: T | undefined
  const payload = recordCommands(
    () => {
      result = scope(fn)
    },
    (words, freed) => {
      if (freed === 0) return native(() => uploadCommands(environmentId(), words))
      throw new HeddleError(
        'ERR_CAPTURE',
        `capture: the function must free only tensors of its own; got ${freed} from outside. Free them later, or write to them in place.`,
      )
    },
  )
  const program = free.pop() ?? next++
  enqueueProgram(program, payload)
  return new Recording(program, result as T)
}

class Recording<T> implements Captured<T> {
  readonly result: T
  readonly #program: number
  #isDisposed = false

  constructor(program: number, result: T) {
    this.#program = program
    this.result = result
    registry.register(this, program, this)
  }

  replay(): void {
    if (this.#isDisposed) {
      throw new HeddleError(
        'ERR_TENSOR_DISPOSED',
        'replay: the program must be in use; got a disposed one. Capture again.',
      )
    }
    enqueueReplay(this.#program)
  }

  dispose(): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    registry.unregister(this)
    release(this.#program)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
