import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { isfinite } from './isfinite.ts'

test.each(['f32', 'bf16', 'f16', 'f64'] as const)(
  'sorts the special values of %s',
  async (dtype) => {
    const x = [3e4, Number.NaN, Infinity, -Infinity]
    expect(await values(() => isfinite(tensor(x, { dtype })))).toEqual([1, 0, 0, 0])
  },
)

test('knows that integers are finite', async () => {
  expect(await values(() => isfinite(tensor([0, 7], { dtype: 'i32' })))).toEqual([1, 1])
})
