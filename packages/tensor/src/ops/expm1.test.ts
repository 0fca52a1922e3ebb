import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { expm1 } from './expm1.ts'

test('gives known values', async () => {
  close(await values(() => expm1(tensor([1e-7, 0], { dtype: 'f32' }))), [1.00000005e-7, 0], 1e-6)
})

unarySuite(expm1, (x) => Math.expm1(x))
