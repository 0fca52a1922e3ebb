import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { log2 } from './log2.ts'

test('gives known values', async () => {
  close(await values(() => log2(tensor([8, 0.5], { dtype: 'f32' }))), [3, -1], 1e-6)
})

unarySuite(log2, (x) => Math.log2(x))
