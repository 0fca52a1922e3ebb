// String literals of templates: in quotes of either kind, with Python's escapes.
import { pythonEscape } from './represent.ts'

/**
 * The literal that begins at `at`, and its length in the source; undefined when none begins there or ends. Its value is
 * undefined when an escape lacks its digits.
 */
export function readString(
  source: string,
  at: number,
): { readonly value: string | undefined; readonly length: number } | undefined {
  const quote = source[at]
  if (quote !== "'" && quote !== '"') return undefined
  let escaped = false
  for (let i = at + 1; i < source.length; i++) {
    const c = source[i]
    if (c === quote) {
      const body = source.slice(at + 1, i)
      return { value: escaped ? unescape(body) : body, length: i + 1 - at }
    }
    if (c === '\\') {
      escaped = true
      i++
    }
  }
  return undefined
}

const simple: { readonly [letter: string]: string } = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

const escape = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/gu

function unescape(body: string): string | undefined {
  let malformed = false
  const text = body.replaceAll(escape, (all, octal, byte, unit, point, letter) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
    const hex = byte ?? unit ?? point
    if (hex !== undefined) {
      const code = Number.parseInt(hex, 16)
      if (code < 0x110000) return String.fromCodePoint(code)
      malformed = true
      return all
    }
    if (Object.hasOwn(simple, letter)) return simple[letter]!
    malformed ||= 'xuUN'.includes(letter)
    // Jinja writes what is not ASCII as escapes before it reads them.
    return letter > '\x7f' ? pythonEscape(letter) : all
  })
  return malformed ? undefined : text
}
