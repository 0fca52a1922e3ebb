// The heart of BPE: join the neighbours whose merge has the lowest rank, the leftmost of equals, until none can be
// joined. Short words scan for the lowest rank; long ones keep a heap over a linked list, O(n log n) for any text.
import type { MergeTable } from './merge-table.ts'

const SCAN_LIMIT = 40
const NONE = 0x7fffffff
const POSITIONS = 2 ** 31

const ranks = new Int32Array(SCAN_LIMIT)
const results = new Int32Array(SCAN_LIMIT)
const found = new Int32Array(SCAN_LIMIT)

/**
 * Merges the first `count` ids of `symbols` in place and returns how many are left. `widths`, the sizes of the symbols
 * in whatever unit, add up where symbols join; `skips` says that a merge that could be made is left out this time.
 */
export function mergeSymbols(
  symbols: Int32Array,
  count: number,
  table: MergeTable,
  widths?: Int32Array,
  skips?: () => boolean,
): number {
  if (count < 2) return count
  if (count > SCAN_LIMIT || widths !== undefined || skips !== undefined) {
    return queue(symbols, count, table, widths, skips)
  }
  for (let i = 0; i + 1 < count; i++) found[i] = table.find(symbols[i]!, symbols[i + 1]!)
  return scan(symbols, count, table)
}

/**
 * As `mergeSymbols` for symbols that are single bytes: `firstOf` tells where in `table` the merge of two of them lies,
 * at 256 times the one plus the other, or -1.
 */
export function mergeBytes(
  symbols: Int32Array,
  bytes: Uint8Array,
  count: number,
  table: MergeTable,
  firstOf: Int32Array,
): number {
  if (count > SCAN_LIMIT) return queue(symbols, count, table, undefined, undefined)
  for (let i = 0; i + 1 < count; i++) found[i] = firstOf[(bytes[i]! << 8) | bytes[i + 1]!]!
  return scan(symbols, count, table)
}

/**
 * As `mergeSymbols` for symbols that are the UTF-16 units of `text` from `start` on: `firstOf` remembers where in `table`
 * the merge of two ASCII characters lies, at 128 times the one plus the other; it begins full of -2.
 */
export function mergeUnits(
  symbols: Int32Array,
  text: string,
  start: number,
  count: number,
  table: MergeTable,
  firstOf: Int32Array,
): number {
  if (count > SCAN_LIMIT) return queue(symbols, count, table, undefined, undefined)
  let unit = text.charCodeAt(start)
  for (let i = 0; i + 1 < count; i++) {
    const next = text.charCodeAt(start + i + 1)
    if ((unit | next) >= 0x80) found[i] = table.find(symbols[i]!, symbols[i + 1]!)
    else {
      const pair = (unit << 7) | next
      let at = firstOf[pair]!
      if (at < -1) firstOf[pair] = at = table.find(symbols[i]!, symbols[i + 1]!)
      found[i] = at
    }
    unit = next
  }
  return scan(symbols, count, table)
}

// found[i]: where the merge of the first symbols i and i + 1 lies.
function scan(symbols: Int32Array, count: number, table: MergeTable): number {
  const { slots } = table
  // ranks[i], results[i]: the merge of symbols i and i + 1
  let best = -1
  let lowest = NONE
  for (let i = 0; i + 1 < count; i++) {
    const at = found[i]!
    if (at < 0) {
      ranks[i] = NONE
      continue
    }
    const rank = slots[at + 2]!
    ranks[i] = rank
    results[i] = slots[at + 3]!
    if (rank < lowest) {
      lowest = rank
      best = i
    }
  }
  let size = count
  while (best >= 0) {
    const joined = results[best]!
    symbols[best] = joined
    size--
    for (let i = best + 1; i < size; i++) {
      symbols[i] = symbols[i + 1]!
      ranks[i] = ranks[i + 1]!
      results[i] = results[i + 1]!
    }
    if (best > 0) {
      const at = table.find(symbols[best - 1]!, joined)
      ranks[best - 1] = at < 0 ? NONE : slots[at + 2]!
      results[best - 1] = at < 0 ? 0 : slots[at + 3]!
    }
    if (best + 1 < size) {
      const at = table.find(joined, symbols[best + 1]!)
      ranks[best] = at < 0 ? NONE : slots[at + 2]!
      results[best] = at < 0 ? 0 : slots[at + 3]!
    }
    best = -1
    lowest = NONE
    for (let i = 0; i + 1 < size; i++) {
      if (ranks[i]! < lowest) {
        lowest = ranks[i]!
        best = i
      }
    }
  }
  return size
}

let next = new Int32Array(0)
let previous = new Int32Array(0)
let merges = new Int32Array(0)
let heap = new Float64Array(0)

function queue(
  symbols: Int32Array,
  count: number,
  table: MergeTable,
  widths: Int32Array | undefined,
  skips: (() => boolean) | undefined,
): number {
  reserve(count)
  const { slots } = table
  const links = next
  const back = previous
  const places = merges
  const keys = heap
  // An entry is rank * 2^31 + position; it is out of date unless the pair at the position still has that rank.
  let size = 0
  for (let i = 0; i < count; i++) {
    links[i] = i + 1 < count ? i + 1 : -1
    back[i] = i - 1
    const at = i + 1 < count ? table.find(symbols[i]!, symbols[i + 1]!) : -1
    places[i] = at
    if (at >= 0) keys[size++] = slots[at + 2]! * POSITIONS + i
  }
  for (let i = (size >> 1) - 1; i >= 0; i--) sink(keys, i, size)

  const refresh = (position: number): void => {
    const after = links[position]!
    const at = after < 0 ? -1 : table.find(symbols[position]!, symbols[after]!)
    places[position] = at
    if (at >= 0) {
      keys[size] = slots[at + 2]! * POSITIONS + position
      rise(keys, size++)
    }
  }

  // Left out for now: they come back with the next merge that is made.
  const skipped: number[] = []
  while (size > 0) {
    const key = keys[0]!
    keys[0] = keys[--size]!
    sink(keys, 0, size)
    if (skips?.()) {
      skipped.push(key)
      continue
    }
    while (skipped.length > 0) {
      keys[size] = skipped.pop()!
      rise(keys, size++)
    }
    const rank = Math.floor(key / POSITIONS)
    const position = key - rank * POSITIONS
    const at = places[position]!
    if (at < 0 || slots[at + 2] !== rank) continue
    const gone = links[position]!
    const after = links[gone]!
    symbols[position] = slots[at + 3]!
    if (widths) widths[position] = widths[position]! + widths[gone]!
    links[position] = after
    if (after >= 0) back[after] = position
    places[gone] = -1
    refresh(position)
    if (back[position]! >= 0) refresh(back[position]!)
  }

  let left = 0
  for (let i = 0; i >= 0; i = links[i]!) {
    if (widths) widths[left] = widths[i]!
    symbols[left++] = symbols[i]!
  }
  if (count > 1 << 16) release()
  return left
}

function sink(keys: Float64Array, from: number, size: number): void {
  const key = keys[from]!
  let hole = from
  for (;;) {
    let child = 2 * hole + 1
    if (child >= size) break
    if (child + 1 < size && keys[child + 1]! < keys[child]!) child++
    if (keys[child]! >= key) break
    keys[hole] = keys[child]!
    hole = child
  }
  keys[hole] = key
}

function rise(keys: Float64Array, from: number): void {
  const key = keys[from]!
  let hole = from
  while (hole > 0) {
    const parent = (hole - 1) >> 1
    if (keys[parent]! <= key) break
    keys[hole] = keys[parent]!
    hole = parent
  }
  keys[hole] = key
}

// Each merge takes one entry and adds two at most, and there are fewer merges than symbols: 3 * count suffices.
function reserve(count: number): void {
  if (next.length >= count) return
  const capacity = Math.max(count, 256)
  next = new Int32Array(capacity)
  previous = new Int32Array(capacity)
  merges = new Int32Array(capacity)
  heap = new Float64Array(3 * capacity)
}

// The arrays of one huge text are not kept for ever.
function release(): void {
  next = previous = merges = new Int32Array(0)
  heap = new Float64Array(0)
}
