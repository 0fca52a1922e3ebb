import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { elu } from './elu.ts'

test('scales the exponential side by alpha', async () => {
  close(await values(() => elu(tensor([-1, 2.5]), { alpha: 2 })), [2 * Math.expm1(-1), 2.5], 1e-6)
})

unarySuite(elu, (x) => (x > 0 ? x : Math.expm1(x)))
