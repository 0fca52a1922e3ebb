// What is sorted between two rests; some milliseconds of work.
const RUN = 4096

/** Sorts as Array.sort does, equals in the order they had, and lets others run in between. */
export async function sortInTurns<T>(
  list: readonly T[],
  compare: (a: T, b: T) => number,
  rest: () => Promise<void> | undefined,
): Promise<T[]> {
  let from: T[] = []
  for (let start = 0; start < list.length; start += RUN) {
    for (const item of list.slice(start, start + RUN).sort(compare)) from.push(item)
    await rest()
  }
  let to = new Array<T>(list.length)
  for (let width = RUN; width < list.length; width *= 2) {
    for (let start = 0; start < list.length; start += 2 * width) {
      const middle = Math.min(start + width, list.length)
      const end = Math.min(start + 2 * width, list.length)
      let left = start
      let right = middle
      for (let at = start; at < end; at++) {
        const takesLeft =
          right === end || (left < middle && compare(from[left]!, from[right]!) <= 0)
        to[at] = takesLeft ? from[left++]! : from[right++]!
        if (at % RUN === 0) await rest()
      }
    }
    ;[from, to] = [to, from]
  }
  return from
}
