import * as addon from '@heddle/native'

// Back-pressure: tensors that were dropped without dispose() hold native memory until the collector finds
// them. V8 learns of that memory but knows nothing of the budget, so when much of it is used a fence makes
// V8 collect, and settles after a turn of the event loop, in which finalizers run.

let budget = Number.POSITIVE_INFINITY
let live = 0
let least = 0 // Live bytes since the last collection, at their lowest.

// More than V8 tolerates outside its heap without collecting at once, whatever the size of its heap.
const alarm = 2 ** 42

/** Notes the byte budget of the device. */
export function noteBudget(bytes: number): void {
  budget = bytes
}

/** Notes bytes that became live (or, negative, were freed). */
export function noteLive(bytes: number): void {
  live += bytes
  if (live < least) least = live
}

/** True when over half the budget is live and an eighth of it came since the last collection. */
export const isHigh = (): boolean => live > budget / 2 && live - least > budget / 8

/** Makes V8 collect, and calls `settle` when the finalizers have had their turn. */
export function relieve(settle: () => void): void {
  least = live
  addon.adjustExternalMemory(alarm)
  addon.adjustExternalMemory(-alarm)
  setImmediate(() => setImmediate(settle))
}
