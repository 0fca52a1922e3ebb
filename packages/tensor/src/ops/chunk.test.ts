import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { ShapeError } from '../errors.ts'
import type { Tensor } from '../tensor.ts'
import { chunk } from './chunk.ts'

async function lists(cut: () => Tensor[]) {
  const parts = cut()
  const all = await Promise.all(parts.map((part) => part.tolist()))
  for (const part of parts) part.dispose()
  return all
}

test('cuts into at most that many parts', async () => {
  const x = tensor([0, 1, 2, 3, 4])
  expect(await lists(() => chunk(x, 2))).toEqual([
    [0, 1, 2],
    [3, 4],
  ])
  expect(await lists(() => chunk(x, 4))).toEqual([[0, 1], [2, 3], [4]])
  expect(await lists(() => chunk(x, 9, -1))).toEqual([[0], [1], [2], [3], [4]])
  x.dispose()
  const none = tensor([], { shape: [0, 2], dtype: 'f32' })
  expect(await lists(() => chunk(none, 3))).toEqual([[], [], []])
  none.dispose()
})

test('refuses a number that is none', () => {
  const x = tensor([1, 2, 3])
  for (const chunks of [0, -1, 1.5, Number.NaN]) expect(() => chunk(x, chunks)).toThrow(ShapeError)
  x.dispose()
})
