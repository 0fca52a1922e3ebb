import { unitsAt } from '../aligned-text.ts'
import type { Pattern } from '../pattern.ts'
import type { Pieces, PreTokenizer } from './pieces.ts'
import type { Scanner } from './scanners/scanner.ts'
import { coversTexts, scannerOf } from './scanners/scanner-of.ts'
import { replaceBounds, splitPieces, type SplitBehavior } from './split-pieces.ts'

/** Cuts at the matches of a pattern. */
export function split(pattern: Pattern, behavior: SplitBehavior, invert: boolean): PreTokenizer {
  const keepsMatches = behavior === 'Isolated' || (behavior === 'Removed' && invert)
  const scanner = keepsMatches ? scannerOf(pattern) : undefined
  // Patterns that leave gaps in most texts stop trying the quick way.
  let credit = pattern.literal === undefined && keepsMatches ? 8 : 0
  return {
    apply(pieces) {
      // Nothing to cut at: often so where a normalizer has replaced what the pattern looks for.
      if (pattern.literal && !invert && !pieces.text.includes(pattern.literal)) return
      if (scanner) {
        scanPieces(pieces, scanner, behavior === 'Isolated')
        return
      }
      const regex = credit > 0 ? pattern.regex : undefined
      if (regex) {
        if (keepAllMatches(pieces, regex)) {
          credit = 8
          return
        }
        credit--
      }
      splitPieces(pieces, pattern.findAll, behavior, invert)
    },
    scanner: scanner && coversTexts(scanner) ? scanner : undefined,
    toJSON: () => ({ type: 'Split', pattern: pattern.json, behavior, invert }),
  }
}

/** Cuts at the matches that a scanner finds; what lies between them is kept as it is, or dropped. */
function scanPieces(pieces: Pieces, scanner: Scanner, keepsGaps: boolean): void {
  const { text, bounds } = pieces
  const result: number[] = []
  for (let i = 0; i < bounds.length; i += 2) {
    const end = bounds[i + 1]!
    // Where the stretch without a match began.
    let gap = bounds[i]!
    for (let at = gap; at < end; ) {
      const next = scanner(text, at, end)
      if (next < 0) {
        at += unitsAt(text, at)
        continue
      }
      if (keepsGaps && gap < at) result.push(gap, at)
      result.push(at, next)
      gap = at = next
    }
    if (keepsGaps && gap < end) result.push(gap, end)
  }
  replaceBounds(pieces, result)
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
