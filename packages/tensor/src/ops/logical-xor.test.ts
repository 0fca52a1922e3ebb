import { test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, values } from '../op-suite.ts'
import { logicalXor } from './logical-xor.ts'

test('gives known values', async () => {
  const [a, b] = [
    [1, 2],
    [0, 3],
  ]
  close(
    await values(() => logicalXor(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [1, 0],
    1e-6,
  )
})

binarySuite(logicalXor, (a, b) => (a !== 0) !== (b !== 0), { result: 'bool' })
