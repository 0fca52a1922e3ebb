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

/** Replaces every match; `content` is plain text, without `$` references. */
export function replacePattern(text: string, { regex, literal }: Pattern, content: string): string {
  if (literal === '') return text
  const by = content.includes('$') ? () => content : content
  return text.replaceAll(literal ?? regex, by as string)
}
