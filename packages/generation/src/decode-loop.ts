import { abortable } from './abort.ts'

/** One step that was queued; its ids, one per row, come when the device has run it. */
export interface Step {
  readonly ids: Promise<Int32Array>
}

/** Queues the steps of one call. */
export interface StepSource {
  /** The prompt and the first token. */
  first(): Promise<Step>
  /** The next token if it may be queued right now. */
  tryNext(): Step | undefined
  /** The next token, as soon as it is this call's turn. */
  next(): Promise<Step>
}

/**
 * Yields the ids of each step. While its reader looks at one token, the next is already being computed
 * from it on the device; a reader that leaves has started at most one step too many.
 */
export async function* decodeLoop(
  steps: StepSource,
  maxNewTokens: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Int32Array, void, void> {
  let step = await steps.first()
  for (let count = 1; ; count++) {
    const isLast = count === maxNewTokens
    const ahead = isLast ? undefined : steps.tryNext()
    yield await abortable(step.ids, signal)
    if (isLast) return
    step = ahead ?? (await steps.next())
  }
}
