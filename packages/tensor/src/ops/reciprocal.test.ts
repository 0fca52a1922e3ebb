import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { reciprocal } from './reciprocal.ts'

test('gives known values', async () => {
  close(await values(() => reciprocal(tensor([4, -2], { dtype: 'f32' }))), [0.25, -0.5], 1e-6)
})

unarySuite(reciprocal, (x) => 1 / x)
