import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { pow } from './pow.ts'

test('gives known values', async () => {
  const [a, b] = [
    [2, 9],
    [10, 0.5],
  ]
  close(
    await values(() => pow(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [1024, 3],
    1e-6,
  )
})

binarySuite(pow, (a, b) => a ** b, { inputs: [3, 2, 0.5, 1, 2, 4, 3, 2], tolerance: 1e-5 })
