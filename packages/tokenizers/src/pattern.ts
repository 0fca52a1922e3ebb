import { asObject, asString, field, malformed, type JsonObject } from './json.ts'
import { literalPattern, translateOniguruma } from './regex/oniguruma.ts'

/** A `{"String": ...}` or `{"Regex": ...}` of tokenizer.json; `regex` has the flags g and v. */
export interface Pattern {
  readonly regex: RegExp
  /** The text of a String pattern, which faster ways than a RegExp exist for. */
  readonly literal: string | undefined
  /** The pattern as tokenizer.json has it. */
  readonly json: unknown
}

/** Reads the `pattern` field of a component. */
export function readPattern(object: JsonObject, where: string): Pattern {
  const pattern = asObject(field(object, 'pattern'), `${where}.pattern`)
  const keys = Object.keys(pattern)
  if (keys.length === 1 && keys[0] === 'String') {
    const literal = asString(pattern.String, `${where}.pattern.String`)
    return { regex: literalPattern(literal), literal, json: { String: literal } }
  }
  if (keys.length === 1 && keys[0] === 'Regex') {
    const source = asString(pattern.Regex, `${where}.pattern.Regex`)
    return {
      regex: translateOniguruma(source, `${where}.pattern`),
      literal: undefined,
      json: { Regex: source },
    }
  }
  throw malformed(`${where}.pattern`, 'an object with one key, String or Regex', keys)
}

/** Appends start and end of every match in `text`, `offset` added; empty matches as Oniguruma's search gives them. */
export function findMatches(
  { regex }: Pattern,
  text: string,
  offset: number,
  matches: number[],
): void {
  let lastEnd = -1
  regex.lastIndex = 0
  // The reference looks for nothing in an empty text.
  for (let found = text && regex.exec(text); found; found = regex.exec(text)) {
    const start = found.index
    const end = start + found[0].length
    if (end === start) {
      // An empty match counts unless it touches the previous match; either way the search moves on.
      regex.lastIndex += text.codePointAt(end)! > 0xffff ? 2 : 1
      if (end === lastEnd) continue
    }
    lastEnd = end
    matches.push(offset + start, offset + end)
  }
}

/** Replaces every match; `content` is plain text, without `$` references. */
export function replacePattern(text: string, pattern: Pattern, content: string): string {
  if (pattern.literal) return text.replaceAll(pattern.literal, () => content)
  const matches: number[] = []
  findMatches(pattern, text, 0, matches)
  let result = ''
  let position = 0
  for (let i = 0; i < matches.length; i += 2) {
    result += text.slice(position, matches[i]) + content
    position = matches[i + 1]!
  }
  return result + text.slice(position)
}
