import { isLineEnd, scanAnyContraction, scanFew, scanLines } from './runs.ts'
import type { Scanner } from './scanner.ts'
import {
  LETTER,
  NUMBER,
  SPACE,
  classAt,
  skipClass,
  skipOthers,
  unitsOf,
} from './unicode-classes.ts'

/**
 * `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|` +
 * `\s*[\r\n]+|\s+(?!\S)|\s+`, of cl100k, Llama 3 and Qwen 2. With `wholeEnd`, `\s+\z` comes before these, as in
 * tiktoken's own pattern.
 */
export function cl100kScanner(digits: number, wholeEnd = false): Scanner {
  return (text, start, end) => {
    const unit = text.charCodeAt(start)
    if (unit === 0x27) {
      const contraction = scanAnyContraction(text, start, end)
      if (contraction >= 0) return contraction
    }
    const found = classAt(text, start, end)
    if ((found & LETTER) !== 0) return skipClass(text, start, end, LETTER)
    if ((found & NUMBER) !== 0) return scanFew(text, start, end, NUMBER, digits)
    const after = start + unitsOf(text, start, end)
    const next = after < end ? classAt(text, after, end) : SPACE
    if ((next & LETTER) !== 0 && !isLineEnd(unit)) return skipClass(text, after, end, LETTER)
    if ((found & SPACE) === 0 || (unit === 0x20 && (next & (SPACE | NUMBER)) === 0)) {
      let at = skipOthers(text, after, end, SPACE | LETTER | NUMBER)
      while (at < end && isLineEnd(text.charCodeAt(at))) at++
      return at
    }
    if (wholeEnd && skipClass(text, start, end, SPACE) === end) return end
    return scanLines(text, start, end)
  }
}
