import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { reductionSuite } from '../reduction-suite.ts'
import { sum } from './sum.ts'

reductionSuite(sum, (list) => list.reduce((a, b) => a + b, 0), { empty: 0 })

test('counts bool', async () => {
  expect(await values(() => sum(tensor([true, false, true])))).toBe(2)
})
