import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, codeOf, values } from '../op-suite.ts'
import { bitwiseXor } from './bitwise-xor.ts'

test('gives known values', async () => {
  const [a, b] = [
    [12, 10],
    [10, 6],
  ]
  close(
    await values(() => bitwiseXor(tensor(a, { dtype: 'i32' }), tensor(b, { dtype: 'i32' }))),
    [6, 12],
    1e-6,
  )
})

test('refuses floats', async () => {
  const x = tensor([1.5])
  expect(await codeOf(() => bitwiseXor(x, 1))).toBe('ERR_DTYPE')
  x.dispose()
})

binarySuite(bitwiseXor, (a, b) => a ^ b, { dtypes: ['i32'], result: 'i32' })
