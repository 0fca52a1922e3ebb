import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { sub } from './sub.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 2],
    [10, -20],
  ]
  close(
    await values(() => sub(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [-9, 22],
    1e-6,
  )
})

binarySuite(sub, (a, b) => a - b)
