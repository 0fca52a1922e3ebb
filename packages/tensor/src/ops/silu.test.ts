import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { silu } from './silu.ts'

test('gives known values', async () => {
  close(await values(() => silu(tensor([1, -1], { dtype: 'f32' }))), [0.7310586, -0.2689414], 1e-6)
})

unarySuite(silu, (x) => x / (1 + Math.exp(-x)))
