import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { gather } from './gather.ts'

const rows = [
  [0, 1, 2],
  [3, 4, 5],
]

test.each(['f32', 'bf16', 'f64', 'bool'] as const)(
  'picks elements of %s along any axis',
  async (dtype) => {
    const x = () => tensor(rows, { dtype })
    const of = (list: number[][]) =>
      dtype === 'bool' ? list.map((r) => r.map((v) => Math.min(v, 1))) : list
    const index = () =>
      tensor(
        [
          [2, 0],
          [1, 1],
        ],
        { dtype: 'i64' },
      )
    expect(await values(() => gather(x(), index(), 1))).toEqual(
      of([
        [2, 0],
        [4, 4],
      ]),
    )
    expect(await values(() => gather(x(), tensor([[1, 0, 1]]), 0))).toEqual(of([[3, 1, 5]]))
    expect(await values(() => gather(x().transpose(0, 1), tensor([[1], [0]]), 1))).toEqual(
      of([[3], [1]]),
    )
  },
)

test('fails on hostile indices when the result is read', async () => {
  const x = tensor(rows)
  for (const bad of [-1, 3, 4, 2n ** 63n - 1n, -(2n ** 63n)]) {
    const index = tensor([[BigInt(bad)]], { dtype: 'i64' })
    expect(await codeOf(() => gather(x, index, 1))).toBe('ERR_INDEX')
    index.dispose()
  }
  x.dispose()
})

test('refuses indices of other types and shapes', async () => {
  const [x, f, tall] = [tensor(rows), tensor([[0.5]]), tensor([[0], [0], [0]])]
  expect(await codeOf(() => gather(x, f, 0))).toBe('ERR_DTYPE')
  expect(await codeOf(() => gather(x, tall, 1))).toBe('ERR_SHAPE')
  for (const t of [x, f, tall]) t.dispose()
})
