import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, codeOf, values } from '../op-suite.ts'
import { shiftLeft } from './shift-left.ts'

test('gives known values', async () => {
  const [a, b] = [
    [3, -1],
    [2, 4],
  ]
  close(
    await values(() => shiftLeft(tensor(a, { dtype: 'i32' }), tensor(b, { dtype: 'i32' }))),
    [12, -16],
    1e-6,
  )
})

test('refuses floats', async () => {
  const x = tensor([1.5])
  expect(await codeOf(() => shiftLeft(x, 1))).toBe('ERR_DTYPE')
  x.dispose()
})

binarySuite(shiftLeft, (a, b) => a << b, {
  dtypes: ['i32'],
  result: 'i32',
  inputs: [3, 2, 5, 1, 4, 2],
})
