import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { ceil } from './ceil.ts'

test('gives known values', async () => {
  close(await values(() => ceil(tensor([1.5, -1.5], { dtype: 'f32' }))), [2, -1], 1e-6)
})

unarySuite(ceil, (x) => Math.ceil(x), { integers: true })
