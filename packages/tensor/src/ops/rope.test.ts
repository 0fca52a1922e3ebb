import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { scope } from '../scope.ts'
import { rope } from './rope.ts'
import { ropeTable } from './rope-table.ts'

test('rotates half-split pairs by the angle of their token and passes the rest through', async () => {
  // One pair of frequency 1 and a fifth dimension beyond the pairs; memory order [B, T, H, D].
  const y = scope(() => {
    const x = tensor([[[[1, 0, 9]], [[1, 0, 9]], [[0, 1, 9]]]], { dtype: 'f32' }).transpose(1, 2)
    return rope(x, ropeTable(tensor([[0, 1, 1]]), tensor([1], { dtype: 'f32' })))
  })
  expect(y.shape).toEqual([1, 1, 3, 3])
  const [cos, sin] = [Math.fround(Math.cos(1)), Math.fround(Math.sin(1))]
  expect(Array.from((await y.data()) as Float32Array)).toEqual([1, 0, 9, cos, sin, 9, -sin, cos, 9])
  y.dispose()
})

test('one row of positions serves the whole batch', async () => {
  const [shared, own] = scope(() => {
    const x = tensor(
      Float32Array.from({ length: 2 * 3 * 4 * 8 }, (_, i) => Math.sin(i)),
      { shape: [2, 3, 4, 8] },
    )
    const frequencies = tensor([1, 0.1, 0.01, 0.001], { dtype: 'f32' })
    const positions = [3, 4, 5, 6]
    return [
      rope(x, ropeTable(tensor([positions]), frequencies)),
      rope(x, ropeTable(tensor([positions, positions]), frequencies)),
    ]
  })
  expect(await shared!.data()).toEqual(await own!.data())
  shared!.dispose()
  own!.dispose()
})

test('refuses tables of other tokens or with more pairs than dimensions', () => {
  scope(() => {
    const x = tensor(new Float32Array(8), { shape: [1, 1, 2, 4] })
    const table = (positions: number[][], half: number) =>
      ropeTable(tensor(positions, { dtype: 'i32' }), tensor(new Float32Array(half)))
    expect(() => rope(x, table([[1, 2, 3]], 2))).toThrow(/got \[1, 1, 2, 4\] and \[2, 1, 3, 2\]/)
    expect(() => rope(x, table([[1, 2]], 3))).toThrow(
      expect.objectContaining({ code: 'ERR_SHAPE' }),
    )
    expect(() =>
      rope(
        x,
        table(
          [
            [1, 2],
            [1, 2],
          ],
          2,
        ),
      ),
    ).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }))
  })
})
