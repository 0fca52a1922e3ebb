import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, codeOf, values } from '../op-suite.ts'
import { remainder } from './remainder.ts'

test('gives known values', async () => {
  const [a, b] = [
    [7, -7],
    [3, 3],
  ]
  close(
    await values(() => remainder(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [1, 2],
    1e-6,
  )
})

test('refuses to divide integers by 0', async () => {
  const x = tensor([1, 2])
  expect(await codeOf(() => remainder(x, 0))).toBe('ERR_DIVISION_BY_ZERO')
  x.dispose()
})

binarySuite(remainder, (a, b) => a - b * Math.floor(a / b), {
  inputs: [3, -2, 5, 7, -1.25, 4, -9, -6],
})
