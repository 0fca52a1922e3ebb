import type { Decoder } from './decoder.ts'

/** What a tokenizer without decoder does: the tokens with spaces between. */
export const joinWithSpaces: Decoder = {
  joins: true,
  toJSON: () => null,
  open(next) {
    let first = true
    return {
      write(token) {
        next.write(first ? token : ` ${token}`)
        first = false
      },
      sync: () => next.sync(),
      end: () => next.end(),
    }
  },
}
