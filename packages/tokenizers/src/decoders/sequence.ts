import type { Decoder, TokenStream } from './decoder.ts'

/** Runs decoders one after another. */
export function sequence(decoders: readonly Decoder[]): Decoder {
  return {
    joins: decoders.some((decoder) => decoder.joins),
    open(next, joined) {
      let stream: TokenStream = next
      for (let i = decoders.length - 1; i >= 0; i--) {
        const before = joined || decoders.slice(0, i).some((decoder) => decoder.joins)
        stream = decoders[i]!.open(stream, before)
      }
      return stream
    },
    toJSON: () => ({ type: 'Sequence', decoders: decoders.map((decoder) => decoder.toJSON()) }),
  }
}
