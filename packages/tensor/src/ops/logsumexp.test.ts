import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { values } from '../op-suite.ts'
import { reductionSuite } from '../reduction-suite.ts'
import { logsumexp } from './logsumexp.ts'

reductionSuite(logsumexp, (list) => Math.log(list.reduce((a, b) => a + Math.exp(b), 0)), {
  empty: -Infinity,
  integers: 'f32',
})

test('neither overflows nor loses infinities', async () => {
  const x = [
    [1000, 1000],
    [-Infinity, -Infinity],
    [Infinity, 1],
    [Number.NaN, 1],
  ]
  const got = (await values(() => logsumexp(tensor(x, { dtype: 'f32' }), { axis: 1 }))) as number[]
  expect(got[0]).toBeCloseTo(1000 + Math.LN2, 3)
  expect(got.slice(1)).toEqual([-Infinity, Infinity, Number.NaN])
})
