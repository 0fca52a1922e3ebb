import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { scope } from '../scope.ts'
import { cumsum } from './cumsum.ts'

const rows = [
  [1, 2, 3],
  [4, 5, 6],
]

test.each(['f32', 'bf16', 'f64', 'i32'] as const)('runs along any axis of %s', async (dtype) => {
  const x = () => tensor(rows, { dtype })
  expect(await values(() => cumsum(x(), { axis: -1 }))).toEqual([
    [1, 3, 6],
    [4, 9, 15],
  ])
  expect(await values(() => cumsum(x(), { axis: 0 }))).toEqual([
    [1, 2, 3],
    [5, 7, 9],
  ])
  const turned = await values(() => cumsum(x().transpose(0, 1), { axis: 0 }).transpose(0, 1))
  expect(turned).toEqual([
    [1, 3, 6],
    [4, 9, 15],
  ])
})

test('gives i64 for integers and bool', async () => {
  const out = scope(() => cumsum(tensor([true, false, true]), { axis: 0 }))
  expect(out.dtype).toBe('i64')
  expect(await out.tolist()).toEqual([1, 1, 2])
  out.dispose()
})

test('refuses axes that do not exist', async () => {
  const x = tensor([1, 2])
  expect(await codeOf(() => cumsum(x, { axis: 1 }))).toBe('ERR_SHAPE')
  x.dispose()
})
