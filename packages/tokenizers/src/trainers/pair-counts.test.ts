import { expect, it } from 'vitest'
import { PairCounts } from './pair-counts.ts'

it('keeps a number and a count for each pair while it grows', () => {
  const pairs = new PairCounts()
  const want = new Map<string, number>()
  let seed = 1
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return (seed >>> 8) % below
  }
  for (let i = 0; i < 50_000; i++) {
    const [left, right, change] = [random(200), random(200), random(9) - 4]
    pairs.add(pairs.indexOf(left, right), change)
    want.set(`${left},${right}`, (want.get(`${left},${right}`) ?? 0) + change)
  }
  expect(pairs.size).toBe(want.size)
  const got = new Map<string, number>()
  for (let i = 0; i < pairs.size; i++) {
    expect(pairs.indexOf(pairs.leftOf(i), pairs.rightOf(i))).toBe(i)
    got.set(`${pairs.leftOf(i)},${pairs.rightOf(i)}`, pairs.countOf(i))
  }
  expect(got).toEqual(want)
})
