import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { ge } from './ge.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 2],
    [1, 3],
  ]
  close(
    await values(() => ge(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [1, 0],
    1e-6,
  )
})

binarySuite(ge, (a, b) => a >= b, { result: 'bool' })
