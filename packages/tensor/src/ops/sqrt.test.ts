import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { sqrt } from './sqrt.ts'

test('gives known values', async () => {
  close(await values(() => sqrt(tensor([4, 2], { dtype: 'f32' }))), [2, Math.SQRT2], 1e-6)
})

unarySuite(sqrt, (x) => Math.sqrt(x))
