import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { reductionSuite } from '../reduction-suite.ts'
import { variance } from './variance.ts'

reductionSuite(
  variance,
  (list) => {
    const mean = list.reduce((a, b) => a + b, 0) / list.length
    return list.reduce((a, b) => a + (b - mean) ** 2, 0) / (list.length - 1)
  },
  { empty: Number.NaN, integers: 'ERR_DTYPE' },
)

test('divides by the number less the correction', async () => {
  expect(await values(() => variance(tensor([1.5, 2.5, 3.5, 4.5]), { correction: 0 }))).toBe(1.25)
})
