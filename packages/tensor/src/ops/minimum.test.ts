import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { minimum } from './minimum.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, Number.NaN],
    [10, -20],
  ]
  close(
    await values(() => minimum(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [1, Number.NaN],
    1e-6,
  )
})

binarySuite(minimum, (a, b) => Math.min(a, b))
