import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { reductionSuite } from '../reduction-suite.ts'
import { any } from './any.ts'

reductionSuite(any, (list) => Number(list.some((v) => v !== 0)), { empty: 0, integers: 'bool' })

test('looks at bool and NaN', async () => {
  expect(
    await values(() =>
      any(
        tensor([
          [true, false],
          [false, false],
        ]),
        { axis: 1 },
      ),
    ),
  ).toEqual([1, 0])
  expect(await values(() => any(tensor([Number.NaN])))).toBe(1)
})
