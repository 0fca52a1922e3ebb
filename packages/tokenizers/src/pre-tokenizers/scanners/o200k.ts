import { isLineEnd, scanAnyContraction, scanFew, scanLines } from './runs.ts'
import type { Scanner } from './scanner.ts'
import {
  CASELESS,
  LETTER,
  LOWER,
  MARK,
  NUMBER,
  SPACE,
  UPPER,
  classAt,
  skipClass,
  skipOthers,
  unitsOf,
} from './unicode-classes.ts'

const HEAD = UPPER | CASELESS | MARK
const TAIL = LOWER | CASELESS | MARK

/**
 * With H for `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, T for `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`, C for `(?i:'s|'t|'re|'ve|'m|'ll|'d)?`:
 * `[^\r\n\p{L}\p{N}]?H*T+C|[^\r\n\p{L}\p{N}]?H+T*C|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
 * of o200k (with contractions) and Mistral's tekken (without C, one digit).
 */
export function o200kScanner(digits: number, contractions: boolean): Scanner {
  return (text, start, end) => {
    const unit = text.charCodeAt(start)
    const found = classAt(text, start, end)
    if ((found & NUMBER) !== 0) return scanFew(text, start, end, NUMBER, digits)
    const word = scanWord(text, start, end, unit, found)
    if (word >= 0) {
      if (!contractions || word >= end || text.charCodeAt(word) !== 0x27) return word
      const contraction = scanAnyContraction(text, word, end)
      return contraction >= 0 ? contraction : word
    }
    const after = start + unitsOf(text, start, end)
    const next = after < end ? classAt(text, after, end) : SPACE
    if ((found & SPACE) === 0 || (unit === 0x20 && (next & (SPACE | LETTER | NUMBER)) === 0)) {
      let at = skipOthers(text, after, end, SPACE | LETTER | NUMBER)
      while (at < end && (isLineEnd(text.charCodeAt(at)) || text.charCodeAt(at) === 0x2f)) at++
      return at
    }
    return scanLines(text, start, end)
  }
}

function scanWord(text: string, start: number, end: number, unit: number, found: number): number {
  if ((found & LETTER) !== 0) {
    const cased = scanCased(text, start, end)
    return cased >= 0 ? cased : skipClass(text, start, end, HEAD)
  }
  if (isLineEnd(unit)) return -1
  const after = start + unitsOf(text, start, end)
  const next = after < end ? classAt(text, after, end) : 0
  if ((next & (LETTER | MARK)) !== 0) {
    const cased = scanCased(text, after, end)
    if (cased >= 0) return cased
  }
  // A mark may be the first of the word instead of what stands before it.
  if ((found & MARK) !== 0) return scanCased(text, start, end)
  return (next & (LETTER | MARK)) !== 0 ? skipClass(text, after, end, HEAD) : -1
}

/** `H*T+`: the end, or -1. */
function scanCased(text: string, start: number, end: number): number {
  let at = start
  // Where the last character of the run ends that could be the T.
  let last = -1
  while (at < end) {
    const found = classAt(text, at, end)
    if ((found & HEAD) === 0) {
      if ((found & TAIL) !== 0) return skipClass(text, at, end, TAIL)
      break
    }
    at += unitsOf(text, at, end)
    if ((found & TAIL) !== 0) last = at
  }
  return last
}
