import type { Decoder, TokenStream } from './decoder.ts'
import { replaceLiteral } from './replace.ts'

/** Turns the suffix that ends words into spaces, in the last token into nothing. */
export function bpeDecoder(suffix: string): Decoder {
  return {
    joins: false,
    open(next, joined) {
      // What follows the first suffix of a token waits: another token may come or not. Chunks of one text are one token.
      let held: string | undefined
      return {
        write(token) {
          if (held !== undefined && !joined) {
            next.write(replaceLiteral(held, suffix, ' '))
            held = undefined
          }
          const text = (held ?? '') + token
          const at = text.indexOf(suffix)
          // The chunk may end within a suffix.
          const sure = at >= 0 ? at : joined ? text.length - suffix.length + 1 : text.length
          if (sure > 0) next.write(text.slice(0, sure))
          held = text.slice(Math.max(sure, 0))
        },
        sync: () => next.sync(),
        end() {
          if (held) next.write(replaceLiteral(held, suffix, ''))
          next.end()
        },
      }
    },
    openWhole(next, joined) {
      return joined ? this.open(next, true) : wholeTokens(next, suffix)
    },
    toJSON: () => ({ type: 'BPEDecoder', suffix }),
  }
}

function wholeTokens(next: TokenStream, suffix: string): TokenStream {
  let held: string | undefined
  return {
    write(token) {
      if (held !== undefined) next.write(replaceLiteral(held, suffix, ' '))
      held = token
    },
    sync: () => next.sync(),
    end() {
      if (held !== undefined) next.write(replaceLiteral(held, suffix, ''))
      next.end()
    },
  }
}
