import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { rsqrt } from './rsqrt.ts'

test('gives known values', async () => {
  close(await values(() => rsqrt(tensor([4, 0.25], { dtype: 'f32' }))), [0.5, 2], 1e-6)
})

unarySuite(rsqrt, (x) => 1 / Math.sqrt(x), { inputs: [0, 0.25, 1, 2, 9, 1e-6, 1e6, -1] })
