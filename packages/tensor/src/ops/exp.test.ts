import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { exp } from './exp.ts'

test('gives known values', async () => {
  close(await values(() => exp(tensor([0, 1], { dtype: 'f32' }))), [1, Math.E], 1e-6)
})

unarySuite(exp, (x) => Math.exp(x))
