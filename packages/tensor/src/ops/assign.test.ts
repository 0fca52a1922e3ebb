import { expect, test } from 'vitest'
import { tensor, zeros } from '../create.ts'
import { codeOf } from '../op-suite.ts'
import { assign } from './assign.ts'

test('writes in place, through views and with conversion', async () => {
  const target = zeros([2, 3], { dtype: 'i32' })
  assign(target.slice(1, 1, 3), tensor([1.9, 2, -3.5, 4], { shape: [2, 2] }))
  expect(await target.tolist()).toEqual([
    [0, 1, 2],
    [0, -3, 4],
  ])
  assign(
    target,
    tensor([[1, 2, 3]])
      .expand([2, 3])
      .to('i32'),
  )
  expect(await target.tolist()).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

test('refuses other shapes', async () => {
  const x = zeros([2])
  expect(await codeOf(() => (assign(x, zeros([3])), x))).toBe('ERR_SHAPE')
  expect(await codeOf(() => (assign(x, zeros([1, 2])), x))).toBe('ERR_SHAPE')
})
