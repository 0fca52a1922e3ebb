import { findMatches, type Pattern } from '../pattern.ts'
import type { Pieces, PreTokenizer } from './pieces.ts'
import { replaceBounds, splitPieces, type SplitBehavior } from './split-pieces.ts'

/** Cuts at the matches of a pattern. */
export function split(pattern: Pattern, behavior: SplitBehavior, invert: boolean): PreTokenizer {
  const { regex, literal } = pattern
  const keepsMatches = behavior === 'Isolated' || (behavior === 'Removed' && invert)
  // Patterns that leave gaps in most texts stop trying the quick way.
  let credit = literal === '' || !keepsMatches ? 0 : 8
  return {
    apply(pieces) {
      if (credit > 0) {
        if (keepAllMatches(pieces, regex)) {
          credit = 8
          return
        }
        credit--
      }
      splitPieces(
        pieces,
        (text, offset, out) => findMatches(pattern, text, offset, out),
        behavior,
        invert,
      )
    },
    toJSON: () => ({ type: 'Split', pattern: pattern.json, behavior, invert }),
  }
}

/**
 * The way of the common patterns, whose matches follow each other without gaps: one call finds them all.
 * Returns false, changing nothing, when there is a gap.
 */
function keepAllMatches(pieces: Pieces, regex: RegExp): boolean {
  const { text, bounds } = pieces
  const result: number[] = []
  for (let i = 0; i < bounds.length; i += 2) {
    let position = bounds[i]!
    const end = bounds[i + 1]!
    const piece = position === 0 && end === text.length ? text : text.slice(position, end)
    const matches = piece.match(regex)
    if (!matches) return false
    for (const match of matches) {
      if (match.length === 0) return false
      result.push(position, (position += match.length))
    }
    if (position !== end) return false
  }
  replaceBounds(pieces, result)
  return true
}
