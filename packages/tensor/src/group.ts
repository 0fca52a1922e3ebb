// Groups tie queued commands to a call, so that aborting the call skips what has not started.

let current = 0
let next = 1
const free: number[] = []

/** Group of the commands being enqueued, 0 for none. */
export const currentGroup = (): number => current

/** Makes `group` current and returns the one before. */
export function enterGroup(group: number): number {
  const before = current
  current = group
  return before
}

/** A group number that is not in use. */
export const openGroup = (): number => free.pop() ?? next++

/** Returns a number whose GROUP_END was enqueued. */
export function recycleGroup(group: number): void {
  free.push(group)
}
