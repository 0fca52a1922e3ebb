import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { scope } from '../scope.ts'
import { rmsNorm } from './rms-norm.ts'

test('divides rows by their root mean square and scales them', async () => {
  const y = scope(() =>
    rmsNorm(
      tensor(
        [
          [3, 4],
          [0, 2],
        ],
        { dtype: 'f32' },
      ),
      tensor([1, 10], { dtype: 'bf16' }),
      { eps: 0 },
    ),
  )
  const [a, b, c, d] = (await y.data()) as Float32Array
  expect(a).toBeCloseTo(3 / Math.sqrt(12.5), 6)
  expect(b).toBeCloseTo(40 / Math.sqrt(12.5), 5)
  expect(c).toBe(0)
  expect(d).toBeCloseTo(10 * Math.SQRT2, 5)
  y.dispose()
})

test('reads strided rows and works without a weight', async () => {
  const y = scope(() =>
    rmsNorm(
      tensor(
        [
          [3, 0],
          [4, 2],
        ],
        { dtype: 'f32' },
      ).transpose(0, 1),
      undefined,
      { eps: 12.5 },
    ),
  )
  expect(y.shape).toEqual([2, 2])
  expect((await y.data())[0]).toBeCloseTo(0.6, 6)
  y.dispose()
})

test('refuses wrong weights, dtypes and eps', () => {
  scope(() => {
    const x = tensor([[1, 2]], { dtype: 'f32' })
    expect(() => rmsNorm(x, tensor([1, 2, 3], { dtype: 'f32' }), { eps: 0 })).toThrow(
      /weight must be \[2\]/,
    )
    expect(() => rmsNorm(x, tensor([1, 2]), { eps: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_DTYPE' }),
    )
    expect(() => rmsNorm(tensor([1, 2]), undefined, { eps: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_DTYPE' }),
    )
    expect(() => rmsNorm(x, undefined, { eps: Number.NaN })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    )
  })
})
