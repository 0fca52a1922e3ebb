import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { outer } from './outer.ts'

test('multiplies every pair', async () => {
  expect(await values(() => outer(tensor([1, 2]), tensor([3, 4, 5])))).toEqual([
    [3, 4, 5],
    [6, 8, 10],
  ])
})

test('refuses what is no vector', async () => {
  const [v, m] = [tensor([1]), tensor([[1]])]
  expect(await codeOf(() => outer(v, m))).toBe('ERR_SHAPE')
  v.dispose()
  m.dispose()
})
