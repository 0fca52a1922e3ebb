import { eachToken, type Decoder, type TokenStream } from './decoder.ts'

/** Removes up to `start` characters `content` from the left end and up to `stop` from the right end. */
export function strip(content: string, start: number, stop: number): Decoder {
  return {
    joins: false,
    open: (next, joined) =>
      joined
        ? openText(next, content, start, stop)
        : eachToken(next, (token) => stripToken(token, content, start, stop)),
    toJSON: () => ({ type: 'Strip', content, start, stop }),
  }
}

function stripToken(token: string, content: string, start: number, stop: number): string {
  let from = 0
  let end = token.length
  for (let i = 0; i < start && token.startsWith(content, from); i++) from += content.length
  for (let i = 0; i < stop && end > from && token.endsWith(content, end); i++) end -= content.length
  return token.slice(from, end)
}

function openText(next: TokenStream, content: string, start: number, stop: number): TokenStream {
  let toSkip = start
  let held = ''
  return {
    write(chunk) {
      let text = chunk
      while (toSkip > 0 && text !== '') {
        if (text.startsWith(content)) {
          text = text.slice(content.length)
          toSkip--
        } else toSkip = 0
      }
      if (stop === 0) {
        if (text !== '') next.write(text)
        return
      }
      // The last `stop` characters may turn out to be the end of the text.
      held += text
      let end = held.length
      for (let i = 0; i < stop && held.endsWith(content, end); i++) end -= content.length
      if (end > 0) next.write(held.slice(0, end))
      held = held.slice(end)
    },
    sync: () => next.sync(),
    end: () => next.end(),
  }
}
