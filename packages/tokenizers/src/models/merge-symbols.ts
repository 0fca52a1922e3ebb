// The heart of BPE: join the neighbours whose merge has the lowest rank, the leftmost of equals, until none can be
// joined. Short words scan for the lowest rank; long ones keep a heap over a linked list, O(n log n) for any text.
import type { MergeTable } from './merge-table.ts'

const SCAN_LIMIT = 40
const NONE = 0x7fffffff
const POSITIONS = 2 ** 31

let slots = new Int32Array(64)
let next = new Int32Array(0)
let previous = new Int32Array(0)
let heap = new Float64Array(0)

/** Merges the first `count` ids of `symbols` in place and returns how many are left. */
export function mergeSymbols(symbols: Int32Array, count: number, table: MergeTable): number {
  if (count < 2) return count
  return count <= SCAN_LIMIT ? scan(symbols, count, table) : queue(symbols, count, table)
}

function scan(symbols: Int32Array, count: number, table: MergeTable): number {
  // slots[i]: the merge of symbols i and i + 1
  for (let i = 0; i + 1 < count; i++) slots[i] = table.find(symbols[i]!, symbols[i + 1]!)
  let size = count
  for (;;) {
    let best = -1
    let lowest = NONE
    for (let i = 0; i + 1 < size; i++) {
      const slot = slots[i]!
      if (slot >= 0) {
        const rank = table.rankAt(slot)
        if (rank < lowest) {
          lowest = rank
          best = i
        }
      }
    }
    if (best < 0) return size
    symbols[best] = table.resultAt(slots[best]!)
    size--
    for (let i = best + 1; i < size; i++) {
      symbols[i] = symbols[i + 1]!
      slots[i] = slots[i + 1]!
    }
    if (best > 0) slots[best - 1] = table.find(symbols[best - 1]!, symbols[best]!)
    if (best + 1 < size) slots[best] = table.find(symbols[best]!, symbols[best + 1]!)
  }
}

function queue(symbols: Int32Array, count: number, table: MergeTable): number {
  reserve(count)
  const links = next
  const back = previous
  const merges = slots
  const keys = heap
  // An entry is rank * 2^31 + position; it is out of date unless the pair at the position still has that rank.
  let size = 0
  for (let i = 0; i < count; i++) {
    links[i] = i + 1 < count ? i + 1 : -1
    back[i] = i - 1
    merges[i] = i + 1 < count ? table.find(symbols[i]!, symbols[i + 1]!) : -1
    if (merges[i]! >= 0) keys[size++] = table.rankAt(merges[i]!) * POSITIONS + i
  }
  for (let i = (size >> 1) - 1; i >= 0; i--) sink(keys, i, size)

  const refresh = (position: number): void => {
    const after = links[position]!
    const slot = after < 0 ? -1 : table.find(symbols[position]!, symbols[after]!)
    merges[position] = slot
    if (slot >= 0) {
      keys[size] = table.rankAt(slot) * POSITIONS + position
      rise(keys, size++)
    }
  }

  while (size > 0) {
    const key = keys[0]!
    keys[0] = keys[--size]!
    sink(keys, 0, size)
    const rank = Math.floor(key / POSITIONS)
    const position = key - rank * POSITIONS
    const slot = merges[position]!
    if (slot < 0 || table.rankAt(slot) !== rank) continue
    const gone = links[position]!
    const after = links[gone]!
    symbols[position] = table.resultAt(slot)
    links[position] = after
    if (after >= 0) back[after] = position
    merges[gone] = -1
    refresh(position)
    if (back[position]! >= 0) refresh(back[position]!)
  }

  let left = 0
  for (let i = 0; i >= 0; i = links[i]!) symbols[left++] = symbols[i]!
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
  slots = new Int32Array(capacity)
  heap = new Float64Array(3 * capacity)
}

// The arrays of one huge text are not kept for ever.
function release(): void {
  next = previous = new Int32Array(0)
  slots = new Int32Array(64)
  heap = new Float64Array(0)
}
