import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { cosh } from './cosh.ts'

test('gives known values', async () => {
  close(await values(() => cosh(tensor([0, 1], { dtype: 'f32' }))), [1, 1.5430806], 1e-6)
})

unarySuite(cosh, (x) => Math.cosh(x))
