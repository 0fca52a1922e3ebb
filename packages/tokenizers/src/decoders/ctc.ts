import { wholeText, type Decoder } from './decoder.ts'
import { replaceLiteral } from './replace.ts'
import { cleanToken } from './word-piece.ts'

/** Settings of {@link ctc}, in the names of tokenizer.json. */
export interface CTCOptions {
  /** Between equal tokens that are both meant; removed. */
  readonly pad_token: string
  /** Becomes a space, with `cleanup`. */
  readonly word_delimiter_token: string
  readonly cleanup: boolean
}

/** Decodes frames of a speech model: equal tokens in a row are one. */
export function ctc(options: CTCOptions): Decoder {
  const { pad_token: pad, word_delimiter_token: delimiter, cleanup } = options
  const finish = (token: string): string => {
    const own = pad === '' ? token : token.replaceAll(pad, '')
    return cleanup ? replaceLiteral(cleanToken(own), delimiter, ' ') : own
  }
  return {
    joins: false,
    open(next, joined) {
      if (joined) return wholeText(next, finish)
      let previous: string | undefined
      return {
        write(token) {
          if (token === previous) return
          previous = token
          const text = finish(token)
          // Unlike in other decoders, what becomes empty is no token for those that follow.
          if (text !== '') next.write(text)
        },
        sync: () => next.sync(),
        end: () => next.end(),
      }
    },
    toJSON: () => ({ type: 'CTC', ...options }),
  }
}
