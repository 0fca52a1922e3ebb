import { expect, test } from 'vitest'
import { tensor, zeros } from '../create.ts'
import { codeOf } from '../op-suite.ts'
import { increment } from './increment.ts'

test.each(['f32', 'f64', 'i32', 'i64', 'u8', 'bf16'] as const)(
  'adds to %s in place',
  async (dtype) => {
    const x = tensor([1, 2, 3], { dtype })
    const view = x.slice(0, 1, 3)
    increment(x, 2)
    expect(await x.tolist()).toEqual([3, 4, 5])
    increment(view, 1)
    expect(await x.tolist()).toEqual([3, 5, 6])
  },
)

test('refuses what would not stay what it is', async () => {
  const integers = zeros([2], { dtype: 'i32' })
  expect(await codeOf(() => (increment(integers, 0.5), integers))).toBe('ERR_DTYPE')
  const bools = zeros([2], { dtype: 'bool' })
  expect(await codeOf(() => (increment(bools, 1), bools))).toBe('ERR_DTYPE')
  const view = zeros([2, 3]).transpose(0, 1)
  expect(await codeOf(() => (increment(view, 1), view))).toBe('ERR_SHAPE')
})
