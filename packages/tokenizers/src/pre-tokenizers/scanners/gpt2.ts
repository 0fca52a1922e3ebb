import { scanContraction, scanSpaces } from './runs.ts'
import { LETTER, NUMBER, SPACE, classAt, skipClass, skipOthers } from './unicode-classes.ts'

/** `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` */
export function scanGpt2(text: string, start: number, end: number): number {
  const unit = text.charCodeAt(start)
  if (unit === 0x27) {
    const contraction = scanContraction(text, start, end)
    if (contraction >= 0) return contraction
  }
  let at = start
  let found = classAt(text, at, end)
  if (unit === 0x20 && at + 1 < end) {
    const next = classAt(text, at + 1, end)
    if ((next & SPACE) === 0) {
      at++
      found = next
    }
  }
  if ((found & LETTER) !== 0) return skipClass(text, at, end, LETTER)
  if ((found & NUMBER) !== 0) return skipClass(text, at, end, NUMBER)
  if ((found & SPACE) === 0) return skipOthers(text, at, end, SPACE | LETTER | NUMBER)
  return scanSpaces(text, start, end)
}
