// Strings as Python has them: sequences of code points, with Python's idea of white space, lines and case.

/** Python's white space, for a class of a regular expression. */
export const SPACE =
  ' \\t-\\r\\x1c-\\x1f\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

const spaces = new Set(
  [
    ...[0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x85, 0xa0, 0x1680],
    ...Array.from({ length: 11 }, (_, i) => 0x2000 + i),
    ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
  ].map((code) => String.fromCharCode(code)),
)

/** True for one character of white space. */
export const isSpace = (character: string): boolean => spaces.has(character)

let lastAsked = ''
let lastAnswer = false

/** True when some character takes two UTF-16 units. The last answer is kept: loops ask about one text again and again. */
export function hasPairs(text: string): boolean {
  if (text !== lastAsked) {
    lastAnswer = /[\ud800-\udfff]/.test(text)
    lastAsked = text
  }
  return lastAnswer
}

/** Length in code points. */
export function lengthOf(text: string): number {
  if (!hasPairs(text)) return text.length
  let length = 0
  for (const _ of text) length++
  return length
}

/** The code points of a text, or the text itself where its units are its code points. */
export const characters = (text: string): string | string[] =>
  hasPairs(text) ? Array.from(text) : text

/** The part from code point `start` up to `end`. */
export function sliceText(text: string, start: number, end: number): string {
  return hasPairs(text) ? Array.from(text).slice(start, end).join('') : text.slice(start, end)
}

/** Where code point `index` of a text begins, in UTF-16 units. */
export function unitOf(text: string, index: number): number {
  if (!hasPairs(text)) return Math.min(index, text.length)
  let unit = 0
  for (let i = 0; i < index && unit < text.length; i++)
    unit += text.codePointAt(unit)! > 0xffff ? 2 : 1
  return unit
}

/** Number of code points before UTF-16 unit `unit`. */
export const pointOf = (text: string, unit: number): number =>
  hasPairs(text) ? lengthOf(text.slice(0, unit)) : unit

/** Strips characters of `set` (white space by default) from the sides asked for. */
export function strip(
  text: string,
  set: string | undefined,
  left: boolean,
  right: boolean,
): string {
  const stripped = set === undefined ? spaces : new Set(set)
  if (set !== undefined && (hasPairs(text) || hasPairs(set)))
    return stripPairs(text, stripped, left, right)
  let start = 0
  let end = text.length
  if (left) while (start < end && stripped.has(text[start]!)) start++
  if (right) while (end > start && stripped.has(text[end - 1]!)) end--
  return text.slice(start, end)
}

function stripPairs(text: string, set: ReadonlySet<string>, left: boolean, right: boolean): string {
  const points = Array.from(text)
  let start = 0
  let end = points.length
  if (left) while (start < end && set.has(points[start]!)) start++
  if (right) while (end > start && set.has(points[end - 1]!)) end--
  return points.slice(start, end).join('')
}

/** `str.splitlines`. */
export function splitLines(text: string, keepEnds: boolean): string[] {
  const lines: string[] = []
  let start = 0
  for (const { 0: end, index } of text.matchAll(/\r\n|[\n-\r\x1c-\x1e\x85\u2028\u2029]/g)) {
    lines.push(text.slice(start, keepEnds ? index + end.length : index))
    start = index + end.length
  }
  if (start < text.length) lines.push(text.slice(start))
  return lines
}

// Characters whose title case is a third form, beside upper and lower case.
const titleForms = new Map([
  ['\u0149', '\u02bcN'] as const,
  ...['\u01c4', '\u01c5', '\u01c6'].map((c) => [c, '\u01c5'] as const),
  ...['\u01c7', '\u01c8', '\u01c9'].map((c) => [c, '\u01c8'] as const),
  ...['\u01ca', '\u01cb', '\u01cc'].map((c) => [c, '\u01cb'] as const),
  ...['\u01f1', '\u01f2', '\u01f3'].map((c) => [c, '\u01f2'] as const),
])

/** Title case of one code point. */
function titleCharacter(character: string): string {
  const form = titleForms.get(character)
  if (form !== undefined) return form
  const [first = '', ...rest] = Array.from(character.toUpperCase())
  return first + rest.join('').toLowerCase()
}

/** `str.capitalize`. */
export function capitalize(text: string): string {
  const size = text === '' ? 0 : text.codePointAt(0)! > 0xffff ? 2 : 1
  return titleCharacter(text.slice(0, size)) + text.slice(size).toLowerCase()
}

/** `str.title`: a capital wherever a cased character follows one that is not. */
export function titleCase(text: string): string {
  return text.replaceAll(/[\p{Lowercase}\p{Uppercase}\p{Lt}]+/gu, capitalize)
}

/** `str.swapcase`. */
export function swapCase(text: string): string {
  return Array.from(text, (c) =>
    /\p{Uppercase}|\p{Lt}/u.test(c) ? c.toLowerCase() : c.toUpperCase(),
  ).join('')
}

/** `str.casefold`, for the characters whose folding is not their lower case as well. */
export const caseFold = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[\u00df\u1e9e]/g, 'ss')
    .replaceAll('\u03c2', '\u03c3')
    .replaceAll('\u017f', 's')

const all = (pattern: string) => {
  const whole = new RegExp(`^(?:${pattern})+$`, 'u')
  return (text: string) => whole.test(text)
}
const hasCased = (text: string) => /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u.test(text)

/** The `is...` methods of a str. */
export const predicates: { readonly [name: string]: (text: string) => boolean } = {
  isalpha: all('\\p{L}'),
  isalnum: all('[\\p{L}\\p{N}]'),
  isascii: (text) => /^[\0-\x7f]*$/.test(text),
  isdecimal: all('\\p{Nd}'),
  isdigit: all(
    '[\\p{Nd}\\xb2\\xb3\\xb9\\u2070\\u2074-\\u2079\\u2080-\\u2089\\u2460-\\u2468\\u2474-\\u247c\\u2488-\\u2490]',
  ),
  isidentifier: (text) => /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(text),
  islower: (text) => hasCased(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text),
  isnumeric: all('\\p{N}'),
  isprintable: (text) => !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(text),
  isspace: all(`[${SPACE}]`),
  istitle: (text) => hasCased(text) && titleCase(text) === text,
  isupper: (text) => hasCased(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text),
}
