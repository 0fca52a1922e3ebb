import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { binarySuite, close, codeOf, values } from '../op-suite.ts'
import { fmod } from './fmod.ts'

test('gives known values', async () => {
  const [a, b] = [
    [7, -7],
    [3, 3],
  ]
  close(
    await values(() => fmod(tensor(a, { dtype: 'f32' }), tensor(b, { dtype: 'f32' }))),
    [1, -1],
    1e-6,
  )
})

test('refuses to divide integers by 0', async () => {
  const x = tensor([1, 2])
  expect(await codeOf(() => fmod(x, 0))).toBe('ERR_DIVISION_BY_ZERO')
  x.dispose()
})

binarySuite(fmod, (a, b) => a % b, { inputs: [3, -2, 5, 7, -1.25, 4, -9, -6] })
