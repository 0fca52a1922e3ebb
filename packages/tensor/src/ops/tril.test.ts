import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { tril } from './tril.ts'

test.each(['f32', 'bf16', 'i64', 'bool'] as const)('keeps a triangle of %s', async (dtype) => {
  const x = () => tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3], dtype })
  const of = (list: number[][]) =>
    dtype === 'bool' ? list.map((r) => r.map((v) => Math.min(v, 1))) : list
  expect(await values(() => tril(x()))).toEqual(
    of([
      [1, 0, 0],
      [4, 5, 0],
    ]),
  )
  expect(await values(() => tril(x(), { diagonal: 1 }))).toEqual(
    of([
      [1, 2, 0],
      [4, 5, 6],
    ]),
  )
  expect(await values(() => tril(x(), { diagonal: -1 }))).toEqual(
    of([
      [0, 0, 0],
      [4, 0, 0],
    ]),
  )
})

test('works on the last two dimensions', async () => {
  const got = await values(() => tril(tensor([1, 2, 3, 4], { shape: [1, 2, 2] }).expand([2, 2, 2])))
  const one = [
    [1, 0],
    [3, 4],
  ]
  expect(got).toEqual([one, one])
})

test('refuses vectors and broken diagonals', async () => {
  const [v, m] = [tensor([1, 2]), tensor([[1]])]
  expect(await codeOf(() => tril(v))).toBe('ERR_SHAPE')
  expect(await codeOf(() => tril(m, { diagonal: 0.5 }))).toBe('ERR_SHAPE')
  v.dispose()
  m.dispose()
})
