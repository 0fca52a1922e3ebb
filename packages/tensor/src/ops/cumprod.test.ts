import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { scope } from '../scope.ts'
import { cumprod } from './cumprod.ts'

const rows = [
  [1, 2, 3],
  [4, 5, 6],
]

test.each(['f32', 'bf16', 'f64', 'i32'] as const)('runs along any axis of %s', async (dtype) => {
  const x = () => tensor(rows, { dtype })
  expect(await values(() => cumprod(x(), { axis: -1 }))).toEqual([
    [1, 2, 6],
    [4, 20, 120],
  ])
  expect(await values(() => cumprod(x(), { axis: 0 }))).toEqual([
    [1, 2, 3],
    [4, 10, 18],
  ])
  const turned = await values(() => cumprod(x().transpose(0, 1), { axis: 0 }).transpose(0, 1))
  expect(turned).toEqual([
    [1, 2, 6],
    [4, 20, 120],
  ])
})

test('gives i64 for integers and bool', async () => {
  const out = scope(() => cumprod(tensor([true, false, true]), { axis: 0 }))
  expect(out.dtype).toBe('i64')
  expect(await out.tolist()).toEqual([1, 0, 0])
  out.dispose()
})

test('refuses axes that do not exist', async () => {
  const x = tensor([1, 2])
  expect(await codeOf(() => cumprod(x, { axis: 1 }))).toBe('ERR_SHAPE')
  x.dispose()
})
