import { asObject, asString, field, malformed, type JsonObject } from './json.ts'
import { scanners } from './pre-tokenizers/scanners/scanner-of.ts'
import { compileLiteral, compileOniguruma, type LinearPattern } from './regex/oniguruma.ts'
import { replaceUnit } from './unit-writer.ts'

/** A `{"String": ...}` or `{"Regex": ...}` of tokenizer.json. */
export interface Pattern extends LinearPattern {
  /** The text of a String pattern, which faster ways than a RegExp exist for. */
  readonly literal: string | undefined
  /** The pattern as tokenizer.json has it. */
  readonly json: { readonly String: string } | { readonly Regex: string }
}

/** Reads the `pattern` field of a component. */
export function readPattern(object: JsonObject, where: string): Pattern {
  const pattern = asObject(field(object, 'pattern'), `${where}.pattern`)
  const keys = Object.keys(pattern)
  if (keys.length === 1 && keys[0] === 'String') {
    const literal = asString(pattern.String, `${where}.pattern.String`)
    return { ...compileLiteral(literal), literal, json: { String: literal } }
  }
  if (keys.length === 1 && keys[0] === 'Regex') {
    return regexPattern(asString(pattern.Regex, `${where}.pattern.Regex`), `${where}.pattern`)
  }
  throw malformed(`${where}.pattern`, 'an object with one key, String or Regex', keys)
}

/** The pattern of an Oniguruma expression. */
export function regexPattern(source: string, where: string): Pattern {
  const json = { Regex: source }
  if (!scanners.has(source)) return { ...compileOniguruma(source, where), literal: undefined, json }
  // Mostly nobody asks for more than the code that does the same.
  let compiled: LinearPattern | undefined
  const get = () => (compiled ??= compileOniguruma(source, where))
  return {
    get regex() {
      return get().regex
    },
    findAll: (text, offset, matches) => get().findAll(text, offset, matches),
    literal: undefined,
    json,
  }
}

/** Replaces every match; `content` is plain text, without `$` references. */
export function replacePattern(text: string, pattern: Pattern, content: string): string {
  const { literal } = pattern
  if (literal) {
    return replacesUnits(pattern, content)
      ? replaceUnit(text, literal, content)
      : text.replaceAll(literal, () => content)
  }
  const matches: number[] = []
  pattern.findAll(text, 0, matches)
  let result = ''
  let position = 0
  for (let i = 0; i < matches.length; i += 2) {
    result += text.slice(position, matches[i]) + content
    position = matches[i + 1]!
  }
  return result + text.slice(position)
}

/** True when a replacement puts one UTF-16 unit where one was, halves of characters aside. */
export const replacesUnits = ({ literal }: Pattern, content: string): boolean =>
  literal !== undefined && isUnit(literal) && isUnit(content)

const isUnit = (text: string): boolean =>
  text.length === 1 && (text.charCodeAt(0) & 0xf800) !== 0xd800
