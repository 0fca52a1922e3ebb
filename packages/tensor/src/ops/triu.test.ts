import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { triu } from './triu.ts'

test.each(['f32', 'bf16', 'i64', 'bool'] as const)('keeps a triangle of %s', async (dtype) => {
  const x = () => tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3], dtype })
  const of = (list: number[][]) =>
    dtype === 'bool' ? list.map((r) => r.map((v) => Math.min(v, 1))) : list
  expect(await values(() => triu(x()))).toEqual(
    of([
      [1, 2, 3],
      [0, 5, 6],
    ]),
  )
  expect(await values(() => triu(x(), { diagonal: 1 }))).toEqual(
    of([
      [0, 2, 3],
      [0, 0, 6],
    ]),
  )
  expect(await values(() => triu(x(), { diagonal: -1 }))).toEqual(
    of([
      [1, 2, 3],
      [4, 5, 6],
    ]),
  )
})

test('works on the last two dimensions', async () => {
  const got = await values(() => triu(tensor([1, 2, 3, 4], { shape: [1, 2, 2] }).expand([2, 2, 2])))
  const one = [
    [1, 2],
    [0, 4],
  ]
  expect(got).toEqual([one, one])
})

test('refuses vectors and broken diagonals', async () => {
  const [v, m] = [tensor([1, 2]), tensor([[1]])]
  expect(await codeOf(() => triu(v))).toBe('ERR_SHAPE')
  expect(await codeOf(() => triu(m, { diagonal: 0.5 }))).toBe('ERR_SHAPE')
  v.dispose()
  m.dispose()
})
