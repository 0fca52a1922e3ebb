import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { reductionSuite } from '../reduction-suite.ts'
import { norm } from './norm.ts'

reductionSuite(norm, (list) => Math.hypot(...list), { empty: 0, integers: 'f32' })

test('knows the other norms', async () => {
  const x = () => tensor([3, 0, -4, 1], { dtype: 'f32' })
  const of = (p: number) => values(() => norm(x(), { p }))
  expect([await of(0), await of(1), await of(Infinity), await of(-Infinity)]).toEqual([3, 8, 4, 0])
  expect(await of(3)).toBeCloseTo(92 ** (1 / 3), 5)
})
