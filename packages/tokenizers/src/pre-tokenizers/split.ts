import type { Pattern } from '../pattern.ts'
import {
  partsOf,
  splitPieces,
  type Pieces,
  type PreTokenizer,
  type SplitBehavior,
} from './pieces.ts'

/** Cuts at the matches of a pattern. */
export function split(pattern: Pattern, behavior: SplitBehavior, invert: boolean): PreTokenizer {
  const { regex, literal } = pattern
  // An empty string matches nowhere; the whole text is one part that is no match.
  const find = (text: string) =>
    literal === '' ? [[0, text.length, invert] as const] : partsOf(text, regex, invert)
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
      splitPieces(pieces, find, behavior)
    },
  }
}

/**
 * The way of the common patterns, whose matches follow each other without gaps: one call finds them all.
 * Returns false, changing nothing, when there is a gap.
 */
function keepAllMatches(pieces: Pieces, regex: RegExp): boolean {
  let result: string[] | undefined
  for (const text of pieces.texts) {
    regex.lastIndex = 0
    const matches = text.match(regex)
    if (!matches) return false
    let total = 0
    for (const match of matches) {
      if (match.length === 0) return false
      total += match.length
    }
    if (total !== text.length) return false
    if (pieces.texts.length === 1) result = matches
    else {
      result ??= []
      for (const match of matches) result.push(match)
    }
  }
  pieces.texts = result ?? []
  return true
}
