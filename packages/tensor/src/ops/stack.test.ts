import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { stack } from './stack.ts'

test('adds a dimension anywhere', async () => {
  const parts = () => [tensor([1, 2, 3]), tensor([4, 5, 6])]
  expect(await values(() => stack(parts()))).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ])
  expect(await values(() => stack(parts(), -1))).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ])
  expect(await values(() => stack([tensor(1), tensor(2)]))).toEqual([1, 2])
})

test('refuses no tensors and different shapes', async () => {
  const [a, b] = [tensor([1]), tensor([1, 2])]
  expect(await codeOf(() => stack([]))).toBe('ERR_SHAPE')
  expect(await codeOf(() => stack([a, b]))).toBe('ERR_SHAPE')
  a.dispose()
  b.dispose()
})
