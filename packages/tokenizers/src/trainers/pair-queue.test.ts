import { describe, expect, it } from 'vitest'
import { PairCounts } from './pair-counts.ts'
import { PairQueue } from './pair-queue.ts'

function filled(list: [left: number, right: number, count: number][]) {
  const pairs = new PairCounts()
  const queue = new PairQueue(pairs)
  list.forEach(([left, right, count], i) => {
    const pair = pairs.indexOf(left, right)
    pairs.add(pair, count)
    queue.push(pair, [i])
  })
  return { pairs, queue }
}

function drained(queue: PairQueue): number[] {
  const words: number[] = []
  for (let top = queue.pop(); top; top = queue.pop()) words.push(top.words[0]!)
  return words
}

describe('PairQueue', () => {
  it('gives the most frequent pair first, of equals the one with lower ids', () => {
    const { queue } = filled([
      [2, 1, 5],
      [1, 9, 5],
      [1, 3, 5],
      [7, 7, 6],
      [0, 0, 1],
    ])
    expect(drained(queue)).toEqual([3, 2, 1, 0, 4])
    expect(queue.pop()).toBeUndefined()
  })

  it('sorts a pair anew whose count has changed', () => {
    const { pairs, queue } = filled([
      [1, 1, 9],
      [2, 2, 8],
      [3, 3, 7],
    ])
    pairs.add(pairs.indexOf(1, 1), -2)
    pairs.add(pairs.indexOf(2, 2), -8)
    expect(drained(queue)).toEqual([0, 2, 1])
  })

  it('keeps the order of thousands', () => {
    const list = Array.from({ length: 5000 }, (_, i): [number, number, number] => [
      i % 70,
      Math.floor(i / 70),
      (i * 7919) % 101,
    ])
    const want = [...list.keys()].sort(
      (a, b) => list[b]![2] - list[a]![2] || list[a]![0] - list[b]![0] || list[a]![1] - list[b]![1],
    )
    expect(drained(filled(list).queue)).toEqual(want)
  })
})
