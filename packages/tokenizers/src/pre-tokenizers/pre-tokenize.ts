import { alignedText } from '../aligned-text.ts'
import { codePointsBefore } from '../unicode.ts'
import type { Pieces, PreTokenizer } from './pieces.ts'

/** A piece of a text, as a pre-tokenizer leaves it. */
export interface PreToken {
  readonly text: string
  /** Where it comes from, in code points. */
  readonly offsets: readonly [start: number, end: number]
  /** Where it comes from, in UTF-16 units. */
  readonly utf16Offsets: readonly [start: number, end: number]
}

/** The pieces that pre-tokenizers, one after another, cut a text into. */
export function preTokenize(preTokenizers: readonly PreTokenizer[], whole: string): PreToken[] {
  // The reference drops empty pieces where it cuts, and only there.
  const isEmpty = whole === '' && preTokenizers.length > 0
  const pieces: Pieces = {
    ...alignedText(whole),
    bounds: isEmpty ? [] : [0, whole.length],
    atStart: true,
  }
  for (const preTokenizer of preTokenizers) preTokenizer.apply(pieces)
  const { text, bounds } = pieces
  const points = codePointsBefore(whole)
  const tokens: PreToken[] = []
  for (let i = 0; i < bounds.length; i += 2) {
    const start = pieces.starts![bounds[i]!] ?? 0
    const end = pieces.ends![bounds[i + 1]! - 1] ?? 0
    tokens.push({
      text: text.slice(bounds[i], bounds[i + 1]),
      offsets: [points[start]!, points[end]!],
      utf16Offsets: [start, end],
    })
  }
  return tokens
}

/** The `pre_tokenizer` of a tokenizer.json: sequences, which were taken apart for encoding, are put together again. */
export function preTokenizerJSON(
  json: unknown,
  components: IterableIterator<PreTokenizer>,
): unknown {
  if (json === null) return null
  const { type, pretokenizers } = json as { type: string; pretokenizers?: readonly unknown[] }
  if (type !== 'Sequence' || !pretokenizers) return components.next().value?.toJSON() ?? null
  return { type, pretokenizers: pretokenizers.map((item) => preTokenizerJSON(item, components)) }
}
