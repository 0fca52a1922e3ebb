import type { Encoding } from '../encoding.ts'

/**
 * 1 for tokens that `{% generation %}` blocks wrote, 0 for others. A token that a block shares with the text beside it
 * counts as written by it; a block that truncation cut off ends the search, as in the reference.
 */
export function assistantMask(
  encoding: Encoding,
  generations: readonly (readonly [start: number, end: number])[],
): number[] {
  const { utf16Offsets, sequenceIds } = encoding
  const mask = new Array<number>(encoding.length).fill(0)
  let from = 0
  const tokenAt = (position: number): number | undefined => {
    for (let i = from; i < mask.length; i++) {
      const [start, end] = utf16Offsets[i]!
      if (sequenceIds[i] !== null && start <= position && position < end) return i
    }
    return undefined
  }
  let before = 0
  for (const [start, end] of generations) {
    if (end === start) continue
    // Blocks mostly come in order; one within another comes first.
    if (start < before) from = 0
    before = start
    const first = tokenAt(start)
    if (first === undefined) break
    from = first
    mask.fill(1, first, (tokenAt(end - 1) ?? mask.length - 1) + 1)
  }
  return mask
}
