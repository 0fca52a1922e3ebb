// Character classes as Rust's standard library and regex crate define them.

/** True for White_Space characters; unlike JavaScript's `\s`, with U+0085 and without U+FEFF. */
export function isWhitespace(code: number): boolean {
  if (code < 0x80) return code === 32 || (code >= 9 && code <= 13)
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  )
}

/** Where the run of white space that ends at `end` begins, from `least` on; all white space is one code unit wide. */
export function skipSpaceBack(text: string, end: number, least = 0): number {
  let start = end
  while (start > least && isWhitespace(text.charCodeAt(start - 1))) start--
  return start
}

/** Where the run of white space that begins at `start` ends. */
export function skipSpace(text: string, start: number): number {
  let end = start
  while (end < text.length && isWhitespace(text.charCodeAt(end))) end++
  return end
}

const wordCharacter = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u

/** True when the code point that starts at `position` is a word character. */
export function isWordAt(text: string, position: number): boolean {
  return wordCharacter.test(String.fromCodePoint(text.codePointAt(position) ?? 0))
}

/** True when the code point that ends before `position` is a word character. */
export function isWordBefore(text: string, position: number): boolean {
  const low = text.charCodeAt(position - 1)
  const wide = low >= 0xdc00 && low <= 0xdfff && position > 1
  return isWordAt(text, wide ? position - 2 : position - 1)
}

/** `text` with lone surrogates replaced by U+FFFD, since ids stand for Unicode characters. */
export function wellFormed(text: string): string {
  return (text as string & { toWellFormed(): string }).toWellFormed()
}

/** True when `text` has no lone surrogates. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

/** For each UTF-16 unit of `text`, and its end, how many code points begin before it. */
export function codePointsBefore(text: string): Int32Array {
  const before = new Int32Array(text.length + 1)
  let count = 0
  for (let i = 0; i < text.length; i++) {
    before[i] = count
    // The second unit of a pair counts for both.
    const code = text.charCodeAt(i)
    if (code < 0xd800 || code > 0xdbff) count++
  }
  before[text.length] = count
  return before
}
