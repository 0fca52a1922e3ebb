import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { lt } from './lt.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 2],
    [1, 3],
  ]
  close(
    await values(() => lt(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [0, 1],
    1e-6,
  )
})

binarySuite(lt, (a, b) => a < b, { result: 'bool' })
