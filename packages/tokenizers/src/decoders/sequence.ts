import type { Decoder, TokenStream } from './decoder.ts'

/** Runs decoders one after another. */
export function sequence(decoders: readonly Decoder[]): Decoder {
  const chain = (next: TokenStream, joined: boolean, wholeAtEnd: boolean): TokenStream => {
    let stream = next
    for (let i = decoders.length - 1; i >= 0; i--) {
      const decoder = decoders[i]!
      const before = joined || decoders.slice(0, i).some((earlier) => earlier.joins)
      const needsWhole = wholeAtEnd || i < decoders.length - 1
      stream =
        needsWhole && decoder.openWhole
          ? decoder.openWhole(stream, before)
          : decoder.open(stream, before)
    }
    return stream
  }
  return {
    joins: decoders.some((decoder) => decoder.joins),
    open: (next, joined) => chain(next, joined, false),
    openWhole: (next, joined) => chain(next, joined, true),
    toJSON: () => ({ type: 'Sequence', decoders: decoders.map((decoder) => decoder.toJSON()) }),
  }
}
