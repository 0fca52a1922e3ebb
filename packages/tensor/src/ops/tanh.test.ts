import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { tanh } from './tanh.ts'

test('gives known values', async () => {
  close(await values(() => tanh(tensor([0, 1], { dtype: 'f32' }))), [0, 0.7615942], 1e-6)
})

unarySuite(tanh, (x) => Math.tanh(x))
