import { expect, it } from 'vitest'
import { random } from '../../hostile-for-test.ts'
import { KeyHeap } from './key-heap.ts'

it('a heap gives the lowest key first, also while more come in', () => {
  const next = random(3)
  const heap = new KeyHeap(0)
  const list: number[] = []
  for (let step = 0; step < 5000; step++) {
    if (list.length === 0 || next() < 0.6) {
      const key = Math.floor(next() * 1000)
      heap.push(key)
      list.push(key)
    } else {
      const lowest = Math.min(...list)
      expect(heap.pop()).toBe(lowest)
      list.splice(list.indexOf(lowest), 1)
    }
    expect(heap.size).toBe(list.length)
  }
  list.sort((a, b) => a - b)
  expect(list.map(() => heap.pop())).toEqual(list)
})
