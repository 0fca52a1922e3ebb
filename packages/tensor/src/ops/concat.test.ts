import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { concat } from './concat.ts'

const grid = (start: number, rows: number, columns: number) =>
  tensor(
    Array.from({ length: rows * columns }, (_, i) => start + i),
    { shape: [rows, columns], dtype: 'f32' },
  )

test('joins along any axis, views and empty tensors too', async () => {
  expect(await values(() => concat([grid(0, 1, 2), grid(10, 2, 2)], 0))).toEqual([
    [0, 1],
    [10, 11],
    [12, 13],
  ])
  const parts = () => [grid(0, 2, 1), grid(10, 2, 2).transpose(0, 1), grid(0, 2, 0)]
  expect(await values(() => concat(parts(), -1))).toEqual([
    [0, 10, 12],
    [1, 11, 13],
  ])
})

test('joins more tensors than one command holds', async () => {
  const list = Array.from({ length: 250 }, (_, i) => i)
  expect(
    await values(() =>
      concat(
        list.map((i) => tensor([i])),
        0,
      ),
    ),
  ).toEqual(list)
})

test('promotes dtypes', async () => {
  const mixed = (): Tensor[] => [tensor([1.5]), tensor([2], { dtype: 'i64' }), tensor([true])]
  const out = scope(() => concat(mixed(), 0))
  expect(out.dtype).toBe('f32')
  expect(await out.tolist()).toEqual([1.5, 2, 1])
  out.dispose()
})

test('refuses no tensors and shapes that do not fit', async () => {
  const [a, b] = [grid(0, 2, 2), grid(0, 3, 3)]
  expect(await codeOf(() => concat([], 0))).toBe('ERR_SHAPE')
  expect(await codeOf(() => concat([a, b], 0))).toBe('ERR_SHAPE')
  expect(await codeOf(() => concat([a], 2))).toBe('ERR_SHAPE')
  a.dispose()
  b.dispose()
})
