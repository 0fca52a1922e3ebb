import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { maskedFill } from './masked-fill.ts'

test('fills where the mask is true', async () => {
  const x = () => tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3], dtype: 'f32' })
  expect(await values(() => maskedFill(x(), tensor([true, false, true]), -Infinity))).toEqual([
    [-Infinity, 2, -Infinity],
    [-Infinity, 5, -Infinity],
  ])
})

test('refuses a mask that would enlarge the tensor', async () => {
  const [x, mask] = [tensor([1, 2]), tensor([[true], [false]])]
  expect(await codeOf(() => maskedFill(x, mask, 0))).toBe('ERR_SHAPE')
  x.dispose()
  mask.dispose()
})
