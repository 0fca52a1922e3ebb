// Which class each character is in, as bits in a table that fills itself from JavaScript's own \p{..} where a text
// has the character: no data file, and one look-up in place of a regular expression.

/** Lu or Lt. */
export const UPPER = 1
/** Ll. */
export const LOWER = 2
/** Lm or Lo. */
export const CASELESS = 4
/** M. */
export const MARK = 8
/** N. */
export const NUMBER = 16
/** White_Space. */
export const SPACE = 32
/** P or S. */
export const SYMBOL = 64
/** L. */
export const LETTER: number = UPPER | LOWER | CASELESS

const KNOWN = 128

const tests: readonly [RegExp, number][] = [
  [/[\p{Lu}\p{Lt}]/u, UPPER],
  [/\p{Ll}/u, LOWER],
  [/[\p{Lm}\p{Lo}]/u, CASELESS],
  [/\p{M}/u, MARK],
  [/\p{N}/u, NUMBER],
  [/\p{White_Space}/u, SPACE],
  [/[\p{P}\p{S}]/u, SYMBOL],
]

/** The classes of each UTF-16 unit that is a character by itself; 0 when they are not known yet. */
export const classOfUnit: Uint8Array = new Uint8Array(65_536)
let classOfWide = new Uint8Array(0)

for (let code = 0; code < 128; code++) classOfUnit[code] = classify(code)

/** The classes of the character at `at`; halves of characters are in none. */
export function classAt(text: string, at: number, end: number): number {
  const unit = text.charCodeAt(at)
  const known = classOfUnit[unit]!
  return known !== 0 ? known : learn(text, at, end, unit)
}

/** Where the run of characters that are in one of the classes `mask` ends. */
export function skipClass(text: string, start: number, end: number, mask: number): number {
  let at = start
  while (at < end) {
    const unit = text.charCodeAt(at)
    const known = classOfUnit[unit]!
    if ((known & mask) !== 0) {
      at++
      continue
    }
    if (known !== 0 || (learn(text, at, end, unit) & mask) === 0) return at
    at += (unit & 0xfc00) === 0xd800 ? 2 : 1
  }
  return at
}

/** Where the run of characters that are in none of the classes `mask` ends. */
export function skipOthers(text: string, start: number, end: number, mask: number): number {
  let at = start
  while (at < end) {
    const unit = text.charCodeAt(at)
    let known = classOfUnit[unit]!
    if (known === 0) known = learn(text, at, end, unit)
    if ((known & mask) !== 0) return at
    at += (unit & 0xfc00) === 0xd800 && at + 1 < end ? 2 : 1
  }
  return at
}

/** Number of UTF-16 units of the character at `at`. */
export function unitsOf(text: string, at: number, end: number): number {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && at + 1 < end ? 2 : 1
}

function learn(text: string, at: number, end: number, unit: number): number {
  if ((unit & 0xf800) !== 0xd800) {
    const found = classify(unit)
    classOfUnit[unit] = found
    return found
  }
  const low = at + 1 < end ? text.charCodeAt(at + 1) : 0
  if (unit > 0xdbff || (low & 0xfc00) !== 0xdc00) return KNOWN
  if (classOfWide.length === 0) classOfWide = new Uint8Array(0x100000)
  const place = ((unit - 0xd800) << 10) + (low - 0xdc00)
  const known = classOfWide[place]!
  if (known !== 0) return known
  const found = classify(0x10000 + place)
  classOfWide[place] = found
  return found
}

function classify(code: number): number {
  const character = String.fromCodePoint(code)
  let found = KNOWN
  for (const [test, bit] of tests) if (test.test(character)) found |= bit
  return found
}
