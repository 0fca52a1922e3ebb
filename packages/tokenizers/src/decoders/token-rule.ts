import { byteOfCharacter } from '../byte-alphabet.ts'
import { readPattern, replacePattern } from '../pattern.ts'
import type { JsonObject } from '../json.ts'
import { cleanToken } from './word-piece.ts'

/** What a decoder makes of single tokens, where that does not depend on the tokens around them. */
export interface TokenRule {
  /** The text of the first token, where it differs. */
  readonly first: ((token: string) => string) | undefined
  /** What a token adds: text, bytes of UTF-8 that may be parts of characters, or one byte of a run of bytes. */
  readonly next: (token: string) => string | Uint8Array | number
  /** What happens to the whole text at the end. */
  readonly finish: (text: string) => string
}

type Change = (token: string) => string

const byteToken = /^<0x([0-9A-Fa-f]{2}|\+[0-9A-Fa-f])>$/
const same: Change = (token) => token

/** The rule of a decoder, given as in tokenizer.json; undefined when it has none. */
export function tokenRuleOf(json: unknown): TokenRule | undefined {
  if (json === null) {
    return { first: same, next: (token) => ` ${token}`, finish: same }
  }
  const steps = flatten(json as JsonObject)
  if (steps.length === 1 && steps[0]!.type === 'ByteLevel') {
    return { first: undefined, next: byteLevelBytes, finish: same }
  }
  const rule: Draft = { first: undefined, changes: [], readsBytes: false, finish: [], fused: false }
  if (!steps.every((step) => addStep(rule, step))) return undefined
  const { first, changes, readsBytes, finish } = rule
  const change: Change = (token) => changes.reduce((done, next) => next(done), token)
  return {
    first,
    next: (token) => {
      const text = change(token)
      const found = readsBytes && text.length === 6 ? byteToken.exec(text) : null
      return found ? parseInt(found[1]!, 16) : text
    },
    finish: (text) => finish.reduce((done, next) => next(done), text),
  }
}

interface Draft {
  first: Change | undefined
  readonly changes: Change[]
  readsBytes: boolean
  readonly finish: Change[]
  /** True behind a step that joins all tokens. */
  fused: boolean
}

function flatten(step: JsonObject): JsonObject[] {
  if (step.type !== 'Sequence') return [step]
  return (step.decoders as readonly JsonObject[]).flatMap(flatten)
}

/** Adds a step to the rule; false when it would need to know of other tokens. */
function addStep(rule: Draft, step: JsonObject): boolean {
  if (step.type === 'Fuse') {
    rule.fused = true
    return true
  }
  if (rule.fused) {
    if (step.type !== 'Strip') return false
    const { content, start, stop } = step as unknown as StripStep
    rule.finish.push((text) => strip(text, content, start, stop))
    return true
  }
  // Behind bytes that became text, tokens are others; and only the very first step sees the first token as it is.
  if (rule.readsBytes) return false
  switch (step.type) {
    case 'Replace': {
      const pattern = readPattern(step, 'decoder')
      rule.changes.push((token) => replacePattern(token, pattern, step.content as string))
      return rule.first === undefined
    }
    case 'ByteFallback':
      rule.readsBytes = true
      return rule.first === undefined
    case 'Metaspace': {
      const mark = step.replacement as string
      if (step.prepend_scheme !== 'never') rule.first = (token) => token.replaceAll(mark, '')
      rule.changes.push((token) => token.replaceAll(mark, ' '))
      return rule.changes.length === 1
    }
    case 'WordPiece': {
      const prefix = step.prefix as string
      const finish = step.cleanup ? cleanToken : same
      rule.first = finish
      rule.changes.push((token) =>
        finish(token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`),
      )
      return rule.changes.length === 1
    }
  }
  return false
}

interface StripStep {
  readonly content: string
  readonly start: number
  readonly stop: number
}

function strip(text: string, content: string, start: number, stop: number): string {
  let from = 0
  let end = text.length
  for (let i = 0; i < start && text.startsWith(content, from); i++) from += content.length
  for (let i = 0; i < stop && end > from && text.endsWith(content, end); i++) end -= content.length
  return text.slice(from, end)
}

/** The bytes that a token of the byte alphabet stands for; another token is the text it is. */
function byteLevelBytes(token: string): string | Uint8Array {
  const bytes = new Uint8Array(token.length)
  for (let i = 0; i < token.length; i++) {
    const byte = byteOfCharacter[token.charCodeAt(i)] ?? -1
    if (byte < 0) return token
    bytes[i] = byte
  }
  return bytes
}
