import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { sigmoid } from './sigmoid.ts'

test('gives known values', async () => {
  close(await values(() => sigmoid(tensor([0, 2], { dtype: 'f32' }))), [0.5, 0.8807971], 1e-6)
})

unarySuite(sigmoid, (x) => 1 / (1 + Math.exp(-x)))
