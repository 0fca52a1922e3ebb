import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { indexSelect } from './index-select.ts'

const rows = [
  [0, 1, 2],
  [3, 4, 5],
]

test.each(['f32', 'bf16', 'i64', 'u8'] as const)(
  'takes slices of %s along any axis',
  async (dtype) => {
    const x = () => tensor(rows, { dtype })
    expect(await values(() => indexSelect(x(), tensor([1, 0, 1])))).toEqual([
      rows[1],
      rows[0],
      rows[1],
    ])
    expect(await values(() => indexSelect(x(), tensor([2, 0], { dtype: 'i64' }), -1))).toEqual([
      [2, 0],
      [5, 3],
    ])
    expect(await values(() => indexSelect(x().transpose(0, 1), tensor([2])))).toEqual([[2, 5]])
  },
)

test('fails on hostile indices when the result is read', async () => {
  const x = tensor(rows)
  for (const bad of [-1, 2, 3, 2n ** 63n - 1n, -(2n ** 63n), 2 ** 32]) {
    const index = tensor([BigInt(bad)], { dtype: 'i64' })
    expect(await codeOf(() => indexSelect(x, index))).toBe('ERR_INDEX')
    index.dispose()
  }
  x.dispose()
})

test('refuses indices of other types and ranks', async () => {
  const [x, f, m] = [tensor(rows), tensor([0.5]), tensor([[0]])]
  expect(await codeOf(() => indexSelect(x, f))).toBe('ERR_DTYPE')
  expect(await codeOf(() => indexSelect(x, m))).toBe('ERR_SHAPE')
  expect(await codeOf(() => indexSelect(x, m, 2))).toBe('ERR_SHAPE')
  for (const t of [x, f, m]) t.dispose()
})
