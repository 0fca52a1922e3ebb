import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import type { Tensor } from '../tensor.ts'
import { repetitionPenalty } from './repetition-penalty.ts'

test('penalises each token of the history once', async () => {
  const got = await values(() => {
    const logits = tensor(
      [
        [2, -2, 3, 0.5],
        [1, -1, -3, 5],
      ],
      { dtype: 'f32' },
    )
    const history = tensor([
      [1, 1, 0, 9],
      [3, 2, 2, 9],
    ])
    repetitionPenalty(logits, history, tensor([3]), { penalty: 2 })
    return logits
  })
  expect(got).toEqual([
    [1, -4, 3, 0.5],
    [1, -1, -6, 2.5],
  ])
})

test('fails on negative ids and counts outside the history', async () => {
  const attempt = (ids: number[][], count: number) => {
    const made = [tensor([[1, 2]], { dtype: 'f32' }), tensor(ids), tensor([count])] as const
    repetitionPenalty(...made, { penalty: 2 })
    for (const t of made.slice(1)) (t as Tensor).dispose()
    return made[0]
  }
  for (const id of [-1, -(2 ** 31)])
    expect(await codeOf(() => attempt([[id]], 1))).toBe('ERR_INDEX')
  for (const count of [-1, 2]) expect(await codeOf(() => attempt([[0]], count))).toBe('ERR_INDEX')
})

test('refuses penalties and tensors that make no sense', async () => {
  const [logits, history, count] = [tensor([[1.5]]), tensor([[0]]), tensor([1])]
  const attempt = (penalty: number, x = logits, h = history) =>
    codeOf(() => (repetitionPenalty(x, h, count, { penalty }), x))
  for (const penalty of [0, -1, Number.NaN, Infinity])
    expect(await attempt(penalty)).toBe('ERR_OPTION')
  expect(await attempt(1.5, history)).toBe('ERR_DTYPE')
  expect(await attempt(1.5, logits, count)).toBe('ERR_SHAPE')
})
