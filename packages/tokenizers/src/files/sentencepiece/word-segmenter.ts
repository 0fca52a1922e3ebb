import type { PieceTable } from './piece-table.ts'
import type { Segmenter } from './segmenter.ts'

/** What stands for a space in normalized text. */
export const MARK = '\u2581'

/** Where the first mark of [at, end) is, or `end`. */
export function nextMark(text: string, at: number, end: number): number {
  // Unlike indexOf, this does not look past the end.
  while (at < end && text.charCodeAt(at) !== 0x2581) at++
  return at
}

/** One piece for each word: a mark begins a word, also where another mark stands before it. */
export function wordSegmenter(table: PieceTable): Segmenter {
  const { trie } = table
  return (text, start, end, sink) => {
    for (let at = start; at < end; ) {
      const to = nextMark(text, at + 1, end)
      let node = trie.root
      for (let i = at; i < to && node >= 0; i++) node = trie.step(node, text.charCodeAt(i))
      sink(node < 0 ? -1 : trie.valueAt(node), at, to)
      at = to
    }
  }
}
