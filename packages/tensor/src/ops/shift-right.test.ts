import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, codeOf, values } from '../op-suite.ts'
import { shiftRight } from './shift-right.ts'

test('gives known values', async () => {
  const [a, b] = [
    [12, -16],
    [2, 4],
  ]
  close(
    await values(() => shiftRight(tensor(a, { dtype: 'i32' }), tensor(b, { dtype: 'i32' }))),
    [3, -1],
    1e-6,
  )
})

test('refuses floats', async () => {
  const x = tensor([1.5])
  expect(await codeOf(() => shiftRight(x, 1))).toBe('ERR_DTYPE')
  x.dispose()
})

binarySuite(shiftRight, (a, b) => a >> b, {
  dtypes: ['i32'],
  result: 'i32',
  inputs: [3, 2, 5, 1, 4, 2],
})
