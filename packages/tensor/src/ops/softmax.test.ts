import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { scope } from '../scope.ts'
import { softmax } from './softmax.ts'

const log = Math.log

test('sums to one along the last axis by default', async () => {
  const y = scope(() =>
    softmax(
      tensor(
        [
          [log(1), log(3)],
          [5, 5],
        ],
        { dtype: 'f32' },
      ),
    ),
  )
  const values = (await y.data()) as Float32Array
  expect(values[0]).toBeCloseTo(0.25, 6)
  expect(values[1]).toBeCloseTo(0.75, 6)
  expect(values.slice(2)).toEqual(new Float32Array([0.5, 0.5]))
  y.dispose()
})

test('works along any axis', async () => {
  const y = scope(() =>
    softmax(
      tensor(
        [
          [log(1), 7],
          [log(3), 7],
        ],
        { dtype: 'f32' },
      ),
      { axis: 0 },
    ),
  )
  const values = (await y.data()) as Float32Array
  expect(y.shape).toEqual([2, 2])
  expect(values[0]).toBeCloseTo(0.25, 6)
  expect(values[1]).toBe(0.5)
  expect(values[2]).toBeCloseTo(0.75, 6)
  y.dispose()
})

test('hidden entries get 0, a row of nothing else NaN', async () => {
  const hide = -Infinity
  const y = scope(() =>
    softmax(
      tensor(
        [
          [hide, 1, hide],
          [hide, hide, hide],
        ],
        { dtype: 'f32' },
      ),
    ),
  )
  expect(Array.from((await y.data()) as Float32Array)).toEqual([0, 1, 0, NaN, NaN, NaN])
  y.dispose()
})

test('refuses integers and axes that do not exist', () => {
  scope(() => {
    expect(() => softmax(tensor([1, 2]))).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }))
    expect(() => softmax(tensor([1.5, 2]), { axis: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_SHAPE' }),
    )
  })
})
