import { literalPattern } from '../regex/oniguruma.ts'
import { partsOf, splitPieces, type PreTokenizer, type SplitBehavior } from './pieces.ts'

function cutBy(regex: RegExp, behavior: SplitBehavior, invert = false): PreTokenizer {
  return {
    apply: (pieces) => splitPieces(pieces, (text) => partsOf(text, regex, invert), behavior),
  }
}

/** Separates numbers from the rest, whole or digit by digit. */
export const digits = (individual: boolean): PreTokenizer =>
  cutBy(/\p{N}/gu, individual ? 'Isolated' : 'Contiguous')

/** Keeps runs of word characters and runs of other visible characters. */
export const whitespace = (): PreTokenizer =>
  cutBy(
    /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu,
    'Removed',
    true,
  )

/** Cuts at white space and drops it. */
export const whitespaceSplit = (): PreTokenizer => cutBy(/\p{White_Space}/gu, 'Removed')

/** Cuts at punctuation, ASCII symbols included. */
export const punctuation = (behavior: SplitBehavior): PreTokenizer =>
  cutBy(/[\p{P}$+<=>^`|~]/gu, behavior)

/** Cuts at one character and drops it. */
export const charDelimiterSplit = (delimiter: string): PreTokenizer =>
  cutBy(literalPattern(delimiter), 'Removed')
