import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { takeAlongDim } from './take-along-dim.ts'

test('broadcasts everything but the axis', async () => {
  const x = () =>
    tensor([
      [1, 2, 3],
      [4, 5, 6],
    ])
  expect(await values(() => takeAlongDim(x(), tensor([[2, 0]]), 1))).toEqual([
    [3, 1],
    [6, 4],
  ])
  expect(await values(() => takeAlongDim(tensor([[7, 8]]), tensor([[0], [1]]), 1))).toEqual([
    [7],
    [8],
  ])
})

test('refuses another rank', async () => {
  const [x, index] = [tensor([[1]]), tensor([0])]
  expect(await codeOf(() => takeAlongDim(x, index, 0))).toBe('ERR_SHAPE')
  x.dispose()
  index.dispose()
})
