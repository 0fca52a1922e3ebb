// (?i) is expanded by hand: Node 20 has no inline flags, and a flag on the whole pattern would say too much. Oniguruma
// also takes a few characters for two or three others: a sharp s for ss, a ligature for its letters.
import { escapeCode } from './character-class.ts'
import type { RegexNode } from './tree.ts'

const cache = new Map<number, readonly number[]>()

/** All code points equal to `code` under simple case folding, itself first. */
export function caseVariants(code: number): readonly number[] {
  let variants = cache.get(code)
  if (!variants) {
    variants = findVariants(code)
    cache.set(code, variants)
  }
  return variants
}

const changesCase = /[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}\u{130}\u{131}]/u

function findVariants(code: number): readonly number[] {
  const character = String.fromCodePoint(code)
  // What case mapping can never touch: digits, punctuation, most scripts.
  if (!changesCase.test(character)) return [code]
  if (code < 128) {
    const other = code ^ 32
    if (code === 75 || code === 107) return [code, other, 0x212a]
    if (code === 83 || code === 115) return [code, other, 0x17f]
    return [code, other]
  }
  const same = new RegExp(`^\\u{${code.toString(16)}}$`, 'iu')
  return [code, ...casedCodes().filter((other) => other !== code && same.test(charOf(other)))]
}

const charOf = (code: number) => String.fromCodePoint(code)

let cased: number[] | undefined

/** All code points that have another case. */
function casedCodes(): readonly number[] {
  if (!cased) {
    cased = []
    for (let code = 65; code < 0x1ea00; code++) {
      if (code === 0xd800) code = 0xe000
      if (changesCase.test(charOf(code))) cased.push(code)
    }
  }
  return cased
}

/** A class body with all cases of its members. */
export function withAllCases(body: string): string {
  if (foldsIntoItself(body)) return body
  const test = new RegExp(`[${body}]`, 'v')
  const added = new Set<number>()
  for (const code of casedCodes()) {
    if (!test.test(charOf(code))) continue
    for (const variant of caseVariants(code)) {
      if (!test.test(charOf(variant))) added.add(variant)
    }
  }
  return body + [...added].map(escapeCode).join('')
}

const closed = /^(?:\\p\{(?:L|N|P|S|Z|C|Nd|Zs|Alphabetic|White_Space|Any|M|Script=\w+)\}|\\t)+$/

/** True for classes that are known to hold every case of their members. */
function foldsIntoItself(body: string): boolean {
  return closed.test(body)
}

let expansions: ReadonlyMap<string, readonly number[]> | undefined

/** The characters that stand for each text of two or three. */
function multipleFolds(): ReadonlyMap<string, readonly number[]> {
  if (!expansions) {
    const found = new Map<string, number[]>()
    for (const code of casedCodes()) {
      const text = longFoldOf(code)
      if (text) found.set(text, [...(found.get(text) ?? []), code])
    }
    expansions = found
  }
  return expansions
}

/** The two or three characters that a character stands for where case is ignored. */
function longFoldOf(code: number): string | undefined {
  if (code < 0xdf) return undefined
  if (code === 0x1e9e) return 'ss'
  if (code === 0x130) return 'i\u0307'
  const upper = charOf(code).toUpperCase()
  if ([...upper].length < 2) return undefined
  return [...upper].map((part) => part.toLowerCase()).join('')
}

/** True when a code point from `from` to `to` stands for several characters where case is ignored. */
export function hasLongFold(from: number, to: number): boolean {
  if (to < 0xdf) return false
  return casedCodes().some((code) => code >= from && code <= to && longFoldOf(code) !== undefined)
}

/** Characters that follow each other where case is ignored. */
export function foldSequence(codes: readonly number[]): RegexNode[] {
  const lower = codes.map((code) => charOf(code).toLowerCase())
  const result: RegexNode[] = []
  for (let at = 0; at < codes.length; ) {
    const code = codes[at]!
    const own = longFoldOf(code)
    // From left to right, the longest text that one character can stand for is taken.
    const size = own
      ? 1
      : [3, 2].find((count) => multipleFolds().has(lower.slice(at, at + count).join('')))
    if (size === undefined) {
      result.push(anyCase(code))
      at++
      continue
    }
    const text = own ?? lower.slice(at, at + size).join('')
    const letters = Array.from(text, (character) => anyCase(character.codePointAt(0)!))
    result.push({
      kind: 'choice',
      items: [{ kind: 'sequence', items: letters }, setOf(multipleFolds().get(text)!)],
    })
    at += size
  }
  return result
}

/** One character in all its cases. */
function anyCase(code: number): RegexNode {
  return setOf(caseVariants(code))
}

function setOf(codes: readonly number[]): RegexNode {
  const source = codes.map(escapeCode).join('')
  return { kind: 'set', source: codes.length === 1 ? source : `[${source}]` }
}
