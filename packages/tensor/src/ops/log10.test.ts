import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { log10 } from './log10.ts'

test('gives known values', async () => {
  close(await values(() => log10(tensor([1000, 0.1], { dtype: 'f32' }))), [3, -1], 1e-6)
})

unarySuite(log10, (x) => Math.log10(x))
