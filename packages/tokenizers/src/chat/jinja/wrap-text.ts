// Python's textwrap.wrap, with tabs and white space left as they are.
import { lengthOf, sliceText } from './python-text.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'

interface WrapStyle {
  readonly width: number
  readonly breakLongWords: boolean
  readonly breakOnHyphens: boolean
}

const blank = /^[\t-\r ]*$/

/** The lines of a text, each of `width` characters at most where words allow it. */
export function wrapText(render: Render, text: string, style: WrapStyle): string[] {
  const { width } = style
  if (width <= 0) throw templateFault('ValueError', `invalid width ${width} (must be > 0)`)
  render.budget.items(text.length)
  const chunks = chunksOf(text, style.breakOnHyphens).reverse()
  const lines: string[] = []
  while (chunks.length > 0) {
    if (lines.length > 0 && blank.test(chunks.at(-1)!)) chunks.pop()
    const line: string[] = []
    let used = 0
    while (chunks.length > 0) {
      const size = lengthOf(chunks.at(-1)!)
      if (used + size > width) break
      line.push(chunks.pop()!)
      used += size
    }
    const next = chunks.at(-1)
    if (next !== undefined && lengthOf(next) > width) {
      takePart(chunks, line, width - used, style)
    }
    if (line.length > 0 && blank.test(line.at(-1)!)) line.pop()
    if (line.length > 0) lines.push(line.join(''))
  }
  return lines
}

// A word longer than a line is broken, or has a line of its own.
function takePart(chunks: string[], line: string[], room: number, style: WrapStyle): void {
  const word = chunks.at(-1)!
  if (!style.breakLongWords) {
    if (line.length === 0) line.push(chunks.pop()!)
    return
  }
  let end = room
  if (style.breakOnHyphens && lengthOf(word) > room) {
    const hyphen = word.slice(0, room).lastIndexOf('-')
    if (hyphen > 0 && /[^-]/.test(word.slice(0, hyphen))) end = hyphen + 1
  }
  line.push(sliceText(word, 0, end))
  chunks[chunks.length - 1] = sliceText(word, end, Infinity)
}

/** Words and the white space between them, in turn; words also end after a hyphen between letters. */
function chunksOf(text: string, breakOnHyphens: boolean): string[] {
  const parts = text.split(/([\t-\r ]+)/).filter((part) => part !== '')
  return breakOnHyphens
    ? parts.flatMap((part) => (blank.test(part) ? [part] : hyphenated(part)))
    : parts
}

const letter = /\p{L}/u
const wordCharacter = /[\p{L}\p{N}_]/u
const wordPunctuation = /[\p{L}\p{N}_!"'&.,?]/u

function hyphenated(word: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let i = 0; i < word.length; i++) {
    if (word[i] !== '-') continue
    let end = i
    while (word[end] === '-') end++
    const before = word[i - 1] ?? ''
    const after = word[end] ?? ''
    if (end - i >= 2) {
      // A dash of hyphens is a part by itself.
      if (wordPunctuation.test(before) && wordCharacter.test(after) && i > start) {
        parts.push(word.slice(start, i), word.slice(i, end))
        start = end
      }
    } else if (isHyphen(word, i)) {
      parts.push(word.slice(start, end))
      start = end
    }
    i = end - 1
  }
  if (start < word.length) parts.push(word.slice(start))
  return parts
}

function isHyphen(word: string, at: number): boolean {
  const [second, first] = [word[at - 2] ?? '', word[at - 1] ?? '']
  const before =
    (letter.test(second) && letter.test(first)) ||
    (letter.test(word[at - 3] ?? '') && second === '-' && wordPunctuation.test(first))
  const next = word[at + 1] ?? ''
  const afterNext = word[at + 2] === '-' ? (word[at + 3] ?? '') : (word[at + 2] ?? '')
  return before && letter.test(next) && letter.test(afterNext)
}
