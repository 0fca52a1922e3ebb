import { isLineEnd, scanFew, scanLines } from './runs.ts'
import {
  LETTER,
  MARK,
  NUMBER,
  SPACE,
  SYMBOL,
  classAt,
  skipClass,
  unitsOf,
} from './unicode-classes.ts'

/** `\p{N}{1,3}` */
export function scanDigits(text: string, start: number, end: number): number {
  const at = scanFew(text, start, end, NUMBER, 3)
  return at > start ? at : -1
}

/** `[一-龥぀-ゟ゠-ヿ]+`, given by code: Han, Hiragana and Katakana. */
export function scanKana(text: string, start: number, end: number): number {
  let at = start
  for (; at < end; at++) {
    const unit = text.charCodeAt(at)
    if (!((unit >= 0x4e00 && unit <= 0x9fa5) || (unit >= 0x3040 && unit <= 0x30ff))) break
  }
  return at > start ? at : -1
}

/**
 * DeepSeek's words: `[!-/:-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|` +
 * `\s+(?!\S)|\s+`, the first class being ASCII punctuation. Digits and control characters are in no match.
 */
export function scanDeepSeek(text: string, start: number, end: number): number {
  const unit = text.charCodeAt(start)
  const found = classAt(text, start, end)
  if (unit < 0x80 && (found & SYMBOL) !== 0 && start + 1 < end && isAscii(text, start + 1)) {
    let at = start + 2
    while (at < end && isAscii(text, at)) at++
    return at
  }
  if ((found & LETTER) !== 0) return skipClass(text, start, end, LETTER | MARK)
  const after = start + unitsOf(text, start, end)
  const next = after < end ? classAt(text, after, end) : SPACE
  if ((found & SYMBOL) === 0 && !isLineEnd(unit) && (next & (LETTER | MARK)) !== 0) {
    return skipClass(text, after, end, LETTER | MARK)
  }
  if ((found & MARK) !== 0) return after
  if ((found & SYMBOL) !== 0 || (unit === 0x20 && (next & SYMBOL) !== 0)) {
    let at = skipClass(text, after, end, SYMBOL)
    while (at < end && isLineEnd(text.charCodeAt(at))) at++
    return at
  }
  return (found & SPACE) !== 0 ? scanLines(text, start, end) : -1
}

function isAscii(text: string, at: number): boolean {
  const lower = text.charCodeAt(at) | 32
  return lower >= 0x61 && lower <= 0x7a
}
