import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, codeOf, values } from '../op-suite.ts'
import { floorDivide } from './floor-divide.ts'

test('gives known values', async () => {
  const [a, b] = [
    [7, -7],
    [2, 2],
  ]
  close(
    await values(() => floorDivide(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [3, -4],
    1e-6,
  )
})

test('refuses to divide integers by 0', async () => {
  const x = tensor([1, 2])
  expect(await codeOf(() => floorDivide(x, 0))).toBe('ERR_DIVISION_BY_ZERO')
  x.dispose()
})

binarySuite(floorDivide, (a, b) => Math.floor(a / b), { inputs: [3, -2, 5, 7, -1.25, 4, -9, -6] })
