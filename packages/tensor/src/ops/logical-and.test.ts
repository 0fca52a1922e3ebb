import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { logicalAnd } from './logical-and.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 2],
    [0, 3],
  ]
  close(
    await values(() => logicalAnd(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [0, 1],
    1e-6,
  )
})

binarySuite(logicalAnd, (a, b) => a !== 0 && b !== 0, { result: 'bool' })
