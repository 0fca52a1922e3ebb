import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { cos } from './cos.ts'

test('gives known values', async () => {
  close(await values(() => cos(tensor([0, Math.PI], { dtype: 'f32' }))), [1, -1], 1e-6)
})

unarySuite(cos, (x) => Math.cos(x))
