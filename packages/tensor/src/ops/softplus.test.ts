import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { softplus } from './softplus.ts'

test('uses beta and the threshold', async () => {
  const x = [-1, 0.5, 3]
  const want = [Math.log1p(Math.exp(-2)) / 2, Math.log1p(Math.exp(1)) / 2, 3]
  close(await values(() => softplus(tensor(x), { beta: 2, threshold: 5 })), want, 1e-6)
})

unarySuite(softplus, (x) => (x > 20 ? x : Math.log1p(Math.exp(x))))
