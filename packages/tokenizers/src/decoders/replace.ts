import { replacePattern, type Pattern } from '../pattern.ts'
import { eachToken, wholeText, type Decoder, type TokenStream } from './decoder.ts'

/** Replaces every match in each token. */
export function replace(pattern: Pattern, content: string): Decoder {
  return {
    joins: false,
    open(next, joined) {
      if (!joined) return eachToken(next, (token) => replacePattern(token, pattern, content))
      const { literal } = pattern
      // A regular expression may look as far as it likes; a string only as far as its length.
      if (literal === undefined)
        return wholeText(next, (text) => replacePattern(text, pattern, content))
      return literal === '' ? next : openText(next, literal, content)
    },
    toJSON: () => ({ type: 'Replace', pattern: pattern.json, content }),
  }
}

/** Replaces a string everywhere; an empty one stands before and after every character. */
export function replaceLiteral(text: string, from: string, by: string): string {
  if (from !== '') return text.replaceAll(from, () => by)
  return by === '' ? text : [by, ...Array.from(text, (character) => character + by)].join('')
}

function openText(next: TokenStream, literal: string, content: string): TokenStream {
  let held = ''
  return {
    write(chunk) {
      held += chunk
      let done = 0
      let text = ''
      for (let at = held.indexOf(literal); at >= 0; at = held.indexOf(literal, done)) {
        text += held.slice(done, at) + content
        done = at + literal.length
      }
      // Keep what may be the beginning of a match.
      let keep = Math.max(done, held.length - literal.length + 1)
      while (keep < held.length && !literal.startsWith(held.slice(keep))) keep++
      text += held.slice(done, keep)
      held = held.slice(keep)
      if (text !== '') next.write(text)
    },
    sync: () => next.sync(),
    end() {
      if (held !== '') next.write(held)
      next.end()
    },
  }
}
