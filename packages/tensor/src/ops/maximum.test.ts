import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { maximum } from './maximum.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, Number.NaN],
    [10, -20],
  ]
  close(
    await values(() => maximum(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [10, Number.NaN],
    1e-6,
  )
})

binarySuite(maximum, (a, b) => Math.max(a, b))
