import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { reductionSuite } from '../reduction-suite.ts'
import { max } from './max.ts'

reductionSuite(max, (list) => Math.max(...list), { empty: 'ERR_SHAPE', integers: 'i32' })

test('hands NaN through', async () => {
  expect(await values(() => max(tensor([1, Number.NaN, 3])))).toBe(Number.NaN)
})
