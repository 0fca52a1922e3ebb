import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { reductionSuite } from '../reduction-suite.ts'
import { std } from './std.ts'

reductionSuite(
  std,
  (list) => {
    const mean = list.reduce((a, b) => a + b, 0) / list.length
    return Math.sqrt(list.reduce((a, b) => a + (b - mean) ** 2, 0) / (list.length - 1))
  },
  { empty: Number.NaN, integers: 'ERR_DTYPE' },
)

test('divides by the number less the correction', async () => {
  expect(await values(() => std(tensor([1, 1, 3, 3], { dtype: 'f32' }), { correction: 0 }))).toBe(1)
})
