import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { le } from './le.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 4],
    [1, 3],
  ]
  close(
    await values(() => le(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [1, 0],
    1e-6,
  )
})

binarySuite(le, (a, b) => a <= b, { result: 'bool' })
