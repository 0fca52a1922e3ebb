import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { eq } from './eq.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 2],
    [1, 3],
  ]
  close(
    await values(() => eq(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [1, 0],
    1e-6,
  )
})

binarySuite(eq, (a, b) => a === b, { result: 'bool' })
