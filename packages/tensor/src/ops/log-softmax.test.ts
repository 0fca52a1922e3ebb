import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { scope } from '../scope.ts'
import { logSoftmax } from './log-softmax.ts'

test('is the logarithm of the softmax, far below its smallest value', async () => {
  const y = scope(() =>
    logSoftmax(
      tensor(
        [
          [Math.log(1), Math.log(3)],
          [0, -500],
        ],
        { dtype: 'f32' },
      ),
    ),
  )
  const values = (await y.data()) as Float32Array
  expect(values[0]).toBeCloseTo(Math.log(0.25), 5)
  expect(values[1]).toBeCloseTo(Math.log(0.75), 6)
  expect(Array.from(values.slice(2))).toEqual([0, -500])
  y.dispose()
})

test('works along any axis', async () => {
  const y = scope(() => logSoftmax(tensor([[[1, 2]], [[1, 2]]], { dtype: 'f32' }), { axis: -3 }))
  expect(y.shape).toEqual([2, 1, 2])
  for (const value of (await y.data()) as Float32Array) expect(value).toBeCloseTo(-Math.LN2, 6)
  y.dispose()
})

test('refuses integers', () => {
  scope(() => {
    expect(() => logSoftmax(tensor([1, 2]))).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }))
  })
})
