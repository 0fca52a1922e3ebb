import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { mul } from './mul.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 2],
    [10, -20],
  ]
  close(
    await values(() => mul(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [10, -40],
    1e-6,
  )
})

binarySuite(mul, (a, b) => a * b)
