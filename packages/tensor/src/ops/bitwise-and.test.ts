import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, codeOf, values } from '../op-suite.ts'
import { bitwiseAnd } from './bitwise-and.ts'

test('gives known values', async () => {
  const [a, b] = [
    [12, 10],
    [10, 6],
  ]
  close(
    await values(() => bitwiseAnd(tensor(a, { dtype: 'i32' }), tensor(b, { dtype: 'i32' }))),
    [8, 2],
    1e-6,
  )
})

test('refuses floats', async () => {
  const x = tensor([1.5])
  expect(await codeOf(() => bitwiseAnd(x, 1))).toBe('ERR_DTYPE')
  x.dispose()
})

binarySuite(bitwiseAnd, (a, b) => a & b, { dtypes: ['i32'], result: 'i32' })
