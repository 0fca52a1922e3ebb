import { unitsAt } from '../../aligned-text.ts'
import { longestMatch, type PieceTable } from './piece-table.ts'
import type { Segmenter } from './segmenter.ts'

/** One piece for each character, and for each user-defined piece. */
export function charSegmenter(table: PieceTable): Segmenter {
  const { trie, userDefined } = table
  return (text, start, end, sink) => {
    for (let at = start; at < end; ) {
      const match = userDefined ? longestMatch(userDefined, text, at, end) : -1
      const to = match > at ? match : at + unitsAt(text, at)
      let node = trie.root
      for (let i = at; i < to && node >= 0; i++) node = trie.step(node, text.charCodeAt(i))
      sink(node < 0 ? -1 : trie.valueAt(node), at, to)
      at = to
    }
  }
}
