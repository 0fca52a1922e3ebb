import { test } from 'vitest'
import { tensor } from '../create.ts'
import { close, unarySuite, values } from '../op-suite.ts'
import { geluTanh } from './gelu-tanh.ts'

test('gives known values', async () => {
  close(
    await values(() => geluTanh(tensor([1, -1], { dtype: 'f32' }))),
    [0.841192, -0.158808],
    1e-6,
  )
})

unarySuite(
  geluTanh,
  (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
)
