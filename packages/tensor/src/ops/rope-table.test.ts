import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { scope } from '../scope.ts'
import { ropeTable } from './rope-table.ts'

test('holds cosines, then sines, times the scaling', async () => {
  for (const dtype of ['i32', 'i64'] as const) {
    const table = scope(() =>
      ropeTable(
        tensor(
          [
            [0, 2],
            [1000, 3],
          ],
          { dtype },
        ),
        tensor([1, 0.5, 0.25], { dtype: 'f32' }),
        { scaling: 2 },
      ),
    )
    expect(table.shape).toEqual([2, 2, 2, 3])
    const values = (await table.data()) as Float32Array
    const positions = [0, 2, 1000, 3]
    positions.forEach((position, t) => {
      ;[1, 0.5, 0.25].forEach((frequency, i) => {
        expect(values[t * 3 + i]).toBe(Math.fround(Math.cos(position * frequency)) * 2)
        expect(values[12 + t * 3 + i]).toBe(Math.fround(Math.sin(position * frequency)) * 2)
      })
    })
    table.dispose()
  }
})

test('refuses positions that are no integers, and other ranks', () => {
  scope(() => {
    const frequencies = tensor([1, 0.5], { dtype: 'f32' })
    expect(() => ropeTable(tensor([[0.5]]), frequencies)).toThrow(
      expect.objectContaining({ code: 'ERR_DTYPE' }),
    )
    expect(() => ropeTable(tensor([1, 2]), frequencies)).toThrow(
      expect.objectContaining({ code: 'ERR_SHAPE' }),
    )
    expect(() => ropeTable(tensor([[1]]), frequencies, { scaling: Infinity })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    )
  })
})
