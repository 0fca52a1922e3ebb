import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { log1p } from './log1p.ts'

test('gives known values', async () => {
  close(await values(() => log1p(tensor([1e-7, 0], { dtype: 'f32' }))), [9.9999995e-8, 0], 1e-6)
})

unarySuite(log1p, (x) => Math.log1p(x))
