import { literalPattern } from '../regex/oniguruma.ts'
import type { PreTokenizer } from './pieces.ts'
import { findAll, splitPieces, type SplitBehavior } from './split-pieces.ts'

function cutBy(
  regex: RegExp,
  behavior: SplitBehavior,
  json: unknown,
  { invert = false } = {},
): PreTokenizer {
  return {
    apply(pieces) {
      splitPieces(pieces, (text, offset, out) => findAll(regex, text, offset, out), behavior, invert)
    },
    toJSON: () => json,
  }
}

/** Separates numbers from the rest, whole or digit by digit. */
export const digits = (individual: boolean): PreTokenizer =>
  cutBy(/\p{N}/gu, individual ? 'Isolated' : 'Contiguous', {
    type: 'Digits',
    individual_digits: individual,
  })

/** Keeps runs of word characters and runs of other visible characters. */
export const whitespace = (): PreTokenizer =>
  cutBy(
    /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu,
    'Removed',
    { type: 'Whitespace' },
    { invert: true },
  )

/** Cuts at white space and drops it. */
export const whitespaceSplit = (): PreTokenizer =>
  cutBy(/\p{White_Space}/gu, 'Removed', { type: 'WhitespaceSplit' })

/** Cuts at punctuation, ASCII symbols included. */
export const punctuation = (behavior: SplitBehavior): PreTokenizer =>
  cutBy(/[\p{P}$+<=>^`|~]/gu, behavior, { type: 'Punctuation', behavior })

/** Cuts at one character and drops it. */
export const charDelimiterSplit = (delimiter: string): PreTokenizer =>
  cutBy(literalPattern(delimiter), 'Removed', { type: 'CharDelimiterSplit', delimiter })
