import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { multinomial } from './multinomial.ts'
import { randomState } from './random-state.ts'

test('draws by the probabilities and moves the state on', async () => {
  const rows = 2000
  const logits = tensor(
    Array.from({ length: rows }, () => [0.2, 0, 0.8].map(Math.log)),
    { dtype: 'f32' },
  )
  const state = randomState(7)
  const first = (await values(() => multinomial(logits, state))) as number[]
  const second = (await values(() => multinomial(logits, state))) as number[]
  expect(await state.data()).toEqual(BigInt64Array.of(7n, 2n))
  const count = (ids: number[], id: number) => ids.filter((v) => v === id).length
  // 1600 expected, standard deviation 18.
  for (const ids of [first, second]) {
    expect(count(ids, 1)).toBe(0)
    expect(Math.abs(count(ids, 2) - 1600)).toBeLessThan(90)
  }
  expect(second).not.toEqual(first)
  const again = randomState(7)
  expect(await values(() => multinomial(logits, again))).toEqual(first)
  for (const t of [logits, state, again]) t.dispose()
})

test('fails for rows without probabilities and names the row', async () => {
  const state = randomState(1)
  for (const row of [
    [-Infinity, -Infinity],
    [Number.NaN, 0],
    [Infinity, 0],
  ]) {
    const logits = tensor([[0, 0], row], { dtype: 'f32' })
    const ids = multinomial(logits, state)
    await expect(ids.data()).rejects.toMatchObject({
      code: 'ERR_PROBABILITIES',
      message: expect.stringContaining('row 1'),
    })
    logits.dispose()
    ids.dispose()
  }
  state.dispose()
})

test('refuses other logits and states', async () => {
  const [logits, half, state] = [
    tensor([[1.5]]),
    tensor([[1.5]], { dtype: 'bf16' }),
    randomState(1),
  ]
  const short = tensor([1n])
  expect(await codeOf(() => multinomial(half, state))).toBe('ERR_DTYPE')
  expect(await codeOf(() => multinomial(logits, short))).toBe('ERR_SHAPE')
  for (const t of [logits, half, state, short]) t.dispose()
})
