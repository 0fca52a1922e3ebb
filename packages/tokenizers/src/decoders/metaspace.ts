import type { Decoder } from './decoder.ts'

/** Turns the mark back into spaces; the marks of the first token go, where encoding prepended one. */
export function metaspace(replacement: string, prepends: boolean): Decoder {
  return {
    joins: false,
    open(next, joined) {
      let first = true
      return {
        write(token) {
          const by = first && prepends ? '' : ' '
          first = first && joined
          next.write(token.replaceAll(replacement, by))
        },
        sync: () => next.sync(),
        end: () => next.end(),
      }
    },
  }
}
