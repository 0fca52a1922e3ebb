import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { ShapeError } from '../errors.ts'
import type { Tensor } from '../tensor.ts'
import { split } from './split.ts'

async function lists(cut: () => Tensor[]) {
  const parts = cut()
  const all = await Promise.all(parts.map((part) => part.tolist()))
  for (const part of parts) part.dispose()
  return all
}

test('cuts into parts of one size or of the sizes listed, without copying', async () => {
  const x = tensor([
    [0, 1, 2, 3, 4],
    [5, 6, 7, 8, 9],
  ])
  expect(await lists(() => split(x, 2, 1))).toEqual([
    [
      [0, 1],
      [5, 6],
    ],
    [
      [2, 3],
      [7, 8],
    ],
    [[4], [9]],
  ])
  expect(await lists(() => split(x, [0, 2]))).toEqual([
    [],
    [
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
    ],
  ])
  const [part] = split(x, 1)
  expect(part!.storage).toBe(x.storage)
  part!.dispose()
  x.dispose()
})

test('refuses sizes that do not fit', () => {
  const x = tensor([1, 2, 3])
  for (const sizes of [0, 1.5, [1, 1], [4, -1], [1.5, 1.5]]) {
    expect(() => split(x, sizes)).toThrow(ShapeError)
  }
  x.dispose()
})
