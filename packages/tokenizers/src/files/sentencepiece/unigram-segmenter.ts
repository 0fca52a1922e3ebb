// SentencePiece adds scores in single precision; on ties and long texts that decides.
import { unitsAt } from '../../aligned-text.ts'
import { turnPath } from '../../models/turn-path.ts'
import { pieceKind } from './model-file.ts'
import type { PieceTable } from './piece-table.ts'
import type { Segmenter } from './segmenter.ts'

const UNK_PENALTY = 10
// The smallest single-precision number above 0, where SentencePiece begins to look for the highest score.
const TINY = 2 ** -126
// The arrays of a longer piece are not kept.
const KEPT = 1 << 16

/** The pieces whose scores have the greatest sum. */
export function unigramSegmenter(table: PieceTable): Segmenter {
  const { trie, kinds, scores } = table
  let lowest = 3.4028234663852886e38
  let highest = TINY
  for (let id = 0; id < table.size; id++) {
    if (kinds[id] !== pieceKind.normal) continue
    lowest = Math.min(lowest, scores[id]!)
    highest = Math.max(highest, scores[id]!)
  }
  const unkScore = Math.fround(lowest - UNK_PENALTY)
  let kept = new Paths(256)

  return (text, start, end, sink) => {
    const size = end - start
    if (size === 0) return
    const paths = kept.length > size ? kept : new Paths(Math.max(size + 1, 2 * kept.length))
    if (paths.length <= KEPT) kept = paths
    const { best, from, ids } = paths
    from.fill(-1, 0, size + 1)
    best[0] = 0
    let bytes = 0
    for (let at = 0; at < size; ) {
      const sum = best[at]!
      const width = unitsAt(text, start + at)
      let hasCharacter = false
      let node = trie.root
      bytes = 0
      for (let to = at; to < size; ) {
        const unit = text.charCodeAt(start + to)
        node = trie.step(node, unit)
        if (node < 0) break
        to++
        bytes += bytesOfUnit(unit)
        const id = trie.valueAt(node)
        if (id < 0 || kinds[id] === pieceKind.unused) continue
        // A user-defined piece nearly always wins.
        const score =
          kinds[id] === pieceKind.userDefined ? Math.fround(bytes * highest - 0.1) : scores[id]!
        const candidate = Math.fround(score + sum)
        if (from[to]! < 0 || candidate > best[to]!) {
          best[to] = candidate
          from[to] = at
          ids[to] = id
        }
        if (to - at === width) hasCharacter = true
      }
      if (!hasCharacter) {
        const to = at + width
        const candidate = Math.fround(unkScore + sum)
        if (from[to]! < 0 || candidate > best[to]!) {
          best[to] = candidate
          from[to] = at
          ids[to] = -1
        }
      }
      at += width
    }
    turnPath(from, ids, size)
    for (let at = 0; at < size; ) {
      const to = from[at]!
      sink(ids[at]!, start + at, start + to)
      at = to
    }
  }
}

/** The best way to each place behind a character: its sum, where its last piece begins, and that piece. */
class Paths {
  readonly length: number
  readonly best: Float32Array
  readonly from: Int32Array
  readonly ids: Int32Array

  constructor(length: number) {
    this.length = length
    this.best = new Float32Array(length)
    this.from = new Int32Array(length)
    this.ids = new Int32Array(length)
  }
}

/** Bytes of UTF-8 that a UTF-16 unit stands for; the two halves of a pair have two each. */
function bytesOfUnit(unit: number): number {
  if (unit < 0x80) return 1
  if (unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff)) return 2
  return 3
}
