import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { abs } from './abs.ts'

test('gives known values', async () => {
  close(await values(() => abs(tensor([1, -2], { dtype: 'f32' }))), [1, 2], 1e-6)
})

unarySuite(abs, (x) => Math.abs(x), { integers: true })
