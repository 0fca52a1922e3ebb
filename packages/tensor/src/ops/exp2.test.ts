import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { exp2 } from './exp2.ts'

test('gives known values', async () => {
  close(await values(() => exp2(tensor([3, -1], { dtype: 'f32' }))), [8, 0.5], 1e-6)
})

unarySuite(exp2, (x) => 2 ** x)
