import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { quickGelu } from './quick-gelu.ts'

test('gives known values', async () => {
  close(
    await values(() => quickGelu(tensor([1, -1], { dtype: 'f32' }))),
    [0.8457957, -0.1542043],
    1e-6,
  )
})

unarySuite(quickGelu, (x) => x / (1 + Math.exp(-1.702 * x)))
