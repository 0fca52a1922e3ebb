import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { reductionSuite } from '../reduction-suite.ts'
import { all } from './all.ts'

reductionSuite(all, (list) => Number(list.every((v) => v !== 0)), { empty: 1, integers: 'bool' })

test('looks at bool and NaN', async () => {
  expect(
    await values(() =>
      all(
        tensor([
          [true, false],
          [false, false],
        ]),
        { axis: 1 },
      ),
    ),
  ).toEqual([0, 0])
  expect(await values(() => all(tensor([Number.NaN])))).toBe(1)
})
