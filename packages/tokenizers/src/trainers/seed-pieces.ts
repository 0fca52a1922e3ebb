import type { Pace } from './pace.ts'
import { sortInTurns } from './sort-in-turns.ts'
import type { WordCounts } from './word-counts.ts'

/** Pieces to begin Unigram training with, the likeliest first, and a weight for each. */
export interface SeedPieces {
  readonly pieces: string[]
  readonly weights: number[]
}

// Between words; nothing that crosses it is a piece.
const BOUNDARY = 0

/**
 * All characters, then the stretches that words have in common: those that occur at least twice and go on in at
 * least two ways, as the inner nodes of a suffix tree over all different words.
 */
export async function seedPieces(
  counted: WordCounts,
  { seedSize, maxPieceLength }: { seedSize: number; maxPieceLength: number },
  pace: Pace,
): Promise<SeedPieces> {
  const { words, counts } = counted
  const characters = new Map<number, number>()
  let units = 0
  for (const word of words) units += word.length + 1
  const flat = new Int32Array(units)
  let size = 0
  for (let i = 0; i < words.length; i++) {
    for (const character of words[i]!) {
      const code = character.codePointAt(0)!
      flat[size++] = code
      if (code !== BOUNDARY) characters.set(code, (characters.get(code) ?? 0) + counts[i]!)
    }
    flat[size++] = BOUNDARY
    if (i % 1024 === 0 && pace.isDue) await pace.rest('seeds', 0, units)
  }
  const codes = flat.subarray(0, size)
  const pieces: string[] = []
  const weights: number[] = []
  for (const [code, count] of [...characters].sort(([a, x], [b, y]) => y - x || b - a)) {
    pieces.push(String.fromCodePoint(code))
    weights.push(count)
  }
  await pace.rest('seeds', 0, size)
  for (const stretch of await commonStretches(codes, maxPieceLength, pace)) {
    pieces.push(String.fromCodePoint(...codes.subarray(stretch.at, stretch.at + stretch.length)))
    weights.push(stretch.count * stretch.length)
    if (pieces.length % 1024 === 0 && pace.isDue) await pace.rest('seeds', size, size)
    if (pieces.length >= seedSize) break
  }
  return { pieces, weights }
}

interface Stretch {
  readonly at: number
  readonly length: number
  readonly count: number
}

/** Sorts all suffixes by their first characters, as far as needed, and keeps the places where they part. */
async function commonStretches(codes: Int32Array, longest: number, pace: Pace): Promise<Stretch[]> {
  const starts = Int32Array.from(codes.keys()).filter((at) => codes[at] !== BOUNDARY)
  const found: Stretch[] = []
  // Groups of suffixes that begin with the same `depth` characters; `whole` when these are all that do.
  const groups: { from: number; to: number; depth: number; whole: boolean }[] = [
    { from: 0, to: starts.length, depth: 0, whole: true },
  ]
  for (let group = groups.pop(), turn = 0; group; group = groups.pop(), turn++) {
    const { from, to, depth, whole } = group
    if (to - from < 2) continue
    const pivot = medianOf(codes, starts, from, to, depth)
    const [low, high] = partition(codes, starts, group, pivot)
    if (whole && depth > 1 && (low > from || high < to))
      found.push({ at: starts[low]!, length: depth, count: to - from })
    groups.push({ from, to: low, depth, whole: false }, { from: high, to, depth, whole: false })
    if (pivot !== BOUNDARY && depth < longest)
      groups.push({ from: low, to: high, depth: depth + 1, whole: true })
    if (turn % 1024 === 0 && pace.isDue) await pace.rest('seeds', from, starts.length)
  }
  return sortInTurns(
    found,
    (a, b) => b.count * b.length - a.count * a.length || -compareStretches(codes, a, b),
    () => (pace.isDue ? pace.rest('seeds', starts.length, starts.length) : undefined),
  )
}

/** Orders starts[from, to) into codes below, equal to and above `pivot` at `depth`; returns where the equal ones lie. */
function partition(
  codes: Int32Array,
  starts: Int32Array,
  { from, to, depth }: { from: number; to: number; depth: number },
  pivot: number,
): [low: number, high: number] {
  let low = from
  let high = to
  for (let i = from; i < high; ) {
    const start = starts[i]!
    const code = codes[start + depth]!
    if (code < pivot) {
      starts[i++] = starts[low]!
      starts[low++] = start
    } else if (code > pivot) {
      starts[i] = starts[--high]!
      starts[high] = start
    } else i++
  }
  return [low, high]
}

function medianOf(
  codes: Int32Array,
  starts: Int32Array,
  from: number,
  to: number,
  depth: number,
): number {
  const a = codes[starts[from]! + depth]!
  const b = codes[starts[(from + to) >> 1]! + depth]!
  const c = codes[starts[to - 1]! + depth]!
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

function compareStretches(codes: Int32Array, a: Stretch, b: Stretch): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const order = codes[a.at + i]! - codes[b.at + i]!
    if (order !== 0) return order
  }
  return a.length - b.length
}
