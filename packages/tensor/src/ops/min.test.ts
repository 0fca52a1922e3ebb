import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { reductionSuite } from '../reduction-suite.ts'
import { min } from './min.ts'

reductionSuite(min, (list) => Math.min(...list), { empty: 'ERR_SHAPE', integers: 'i32' })

test('hands NaN through', async () => {
  expect(await values(() => min(tensor([1, Number.NaN, 3])))).toBe(Number.NaN)
})
