import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { atan2 } from './atan2.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, -1],
    [0, -1],
  ]
  close(
    await values(() => atan2(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [Math.PI / 2, -0.75 * Math.PI],
    1e-6,
  )
})

binarySuite(atan2, (a, b) => Math.atan2(a, b), { dtypes: ['f32', 'f64'] })
