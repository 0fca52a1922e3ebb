import type { Decoder } from './decoder.ts'

/** Settings of {@link metaspace}, in the names of tokenizer.json. */
export interface MetaspaceOptions {
  readonly replacement: string
  readonly prepend_scheme: 'always' | 'first' | 'never'
  readonly split: boolean
}

/** Turns the mark back into spaces; the marks of the first token go, where encoding prepended one. */
export function metaspace(options: MetaspaceOptions): Decoder {
  const { replacement, prepend_scheme: scheme } = options
  const prepends = scheme !== 'never'
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
    toJSON: () => ({ type: 'Metaspace', ...options }),
  }
}
