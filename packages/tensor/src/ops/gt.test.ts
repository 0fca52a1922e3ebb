import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { gt } from './gt.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 4],
    [1, 3],
  ]
  close(
    await values(() => gt(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [0, 1],
    1e-6,
  )
})

binarySuite(gt, (a, b) => a > b, { result: 'bool' })
