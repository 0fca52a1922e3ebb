// SentencePiece's byte-pair encoding knows no list of merges: two neighbours join when their text is a piece, the
// piece with the highest score first, the leftmost of equals. Any two parts of a piece may join, and a character that
// is no piece itself may be a part, which no merge list of a tokenizer.json can say.
import { unitsAt } from '../../aligned-text.ts'
import { KeyHeap } from './key-heap.ts'
import { pieceKind } from './model-file.ts'
import { longestMatch, type PieceTable } from './piece-table.ts'
import type { Segmenter } from './segmenter.ts'

const POSITIONS = 2 ** 31
// No node of the trie: nothing begins with this symbol, or it must stay as it is.
const NOTHING = -1
const FROZEN = -2
// The arrays of a longer piece are not kept.
const KEPT = 1 << 16

/** Joins neighbours by the scores of pieces. */
export function bpeSegmenter(table: PieceTable): Segmenter {
  const { trie, kinds, userDefined } = table
  const ranks = rankScores(table.scores)
  const hasUnused = kinds.includes(pieceKind.unused)
  let kept = new Symbols(256)

  return (text, start, end, sink) => {
    const symbols = kept.length >= end - start ? kept : new Symbols(2 * (end - start))
    if (symbols.length <= KEPT) kept = symbols
    const { starts, ends, nodes, next, previous, merged, mergedNodes } = symbols
    const count = split(text, start, end)
    if (count === 0) return
    const heap = new KeyHeap(count + 16)
    // How each unused piece was last put together: the length of its left part.
    const leftParts = hasUnused ? new Map<number, number>() : undefined
    for (let i = 0; i + 1 < count; i++) look(i)
    while (heap.size > 0) {
      const key = heap.pop()
      const rank = Math.floor(key / POSITIONS)
      const left = key - rank * POSITIONS
      const id = merged[left]!
      // Out of date unless the two at this place still come to a piece of that rank.
      if (id < 0 || ranks[id] !== rank) continue
      const gone = next[left]!
      const after = next[gone]!
      ends[left] = ends[gone]!
      nodes[left] = mergedNodes[left]!
      next[left] = after
      if (after >= 0) previous[after] = left
      merged[gone] = -1
      if (previous[left]! >= 0) look(previous[left]!)
      look(left)
    }
    for (let i = 0; i >= 0; i = next[i]!) {
      // Nothing to look up again but what was left whole, and what may be unused.
      if (leftParts || nodes[i] === FROZEN) write(starts[i]!, ends[i]!)
      else sink(nodes[i]! < 0 ? -1 : trie.valueAt(nodes[i]!), starts[i]!, ends[i]!)
    }

    /** Fills the symbols with characters and user-defined pieces; returns how many. */
    function split(text: string, start: number, end: number): number {
      let count = 0
      for (let at = start; at < end; count++) {
        const match = userDefined ? longestMatch(userDefined, text, at, end) : -1
        const to = match > at ? match : at + unitsAt(text, at)
        starts[count] = at
        ends[count] = to
        nodes[count] = match > at ? FROZEN : walk(trie.root, at, to)
        previous[count] = count - 1
        next[count] = to < end ? count + 1 : -1
        merged[count] = -1
        at = to
      }
      return count
    }

    function walk(from: number, at: number, to: number): number {
      let node = from
      for (let i = at; i < to; i++) {
        node = trie.step(node, text.charCodeAt(i))
        if (node < 0) return NOTHING
      }
      return node
    }

    /** Finds out whether the symbol at `left` and the next one come to a piece. */
    function look(left: number): void {
      const right = next[left]!
      merged[left] = -1
      if (right < 0 || nodes[left]! < 0 || nodes[right] === FROZEN) return
      const node = walk(nodes[left]!, starts[right]!, ends[right]!)
      const id = node < 0 ? -1 : trie.valueAt(node)
      if (id < 0) return
      merged[left] = id
      mergedNodes[left] = node
      leftParts?.set(id, ends[left]! - starts[left]!)
      heap.push(ranks[id]! * POSITIONS + left)
    }

    /** Hands a symbol on; an unused piece is taken apart again. */
    function write(from: number, to: number): void {
      const node = walk(trie.root, from, to)
      const id = node < 0 ? -1 : trie.valueAt(node)
      const part = id >= 0 && kinds[id] === pieceKind.unused ? leftParts?.get(id) : undefined
      if (part === undefined) sink(id, from, to)
      else {
        write(from, from + part)
        write(from + part, to)
      }
    }
  }
}

/** For each piece its place among the scores, the highest 0; equal scores have one place. */
function rankScores(scores: Float64Array): Int32Array {
  const order = Float64Array.from(new Set(scores)).sort().reverse()
  const places = new Map<number, number>()
  order.forEach((score, place) => places.set(score, place))
  return Int32Array.from(scores, (score) => places.get(score)!)
}

class Symbols {
  readonly length: number
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly nodes: Int32Array
  readonly next: Int32Array
  readonly previous: Int32Array
  /** The piece that a symbol and the next one come to, or -1. */
  readonly merged: Int32Array
  readonly mergedNodes: Int32Array

  constructor(length: number) {
    const array = () => new Int32Array(length)
    this.length = length
    this.starts = array()
    this.ends = array()
    this.nodes = array()
    this.next = array()
    this.previous = array()
    this.merged = array()
    this.mergedNodes = array()
  }
}
