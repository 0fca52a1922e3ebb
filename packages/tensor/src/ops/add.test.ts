import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { add } from './add.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 2],
    [10, -20],
  ]
  close(
    await values(() => add(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [11, -18],
    1e-6,
  )
})

binarySuite(add, (a, b) => a + b)
