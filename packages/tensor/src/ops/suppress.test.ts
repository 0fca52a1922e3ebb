import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { suppress } from './suppress.ts'

test('bans tokens in every row, passing over ids that are none', async () => {
  const got = await values(() => {
    const logits = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { dtype: 'f32' },
    )
    suppress(logits, [2, 0, 99, -1])
    return logits
  })
  expect(got).toEqual([
    [-Infinity, 2, -Infinity],
    [-Infinity, 5, -Infinity],
  ])
})

test('takes more ids than a command usually holds', async () => {
  const got = (await values(() => {
    const logits = tensor(new Float32Array(3000), { shape: [1, 3000] })
    suppress(
      logits,
      Array.from({ length: 2999 }, (_, i) => i),
    )
    return logits
  })) as number[][]
  expect(got[0]!.filter((v) => v === 0)).toEqual([0])
  expect(got[0]![2999]).toBe(0)
})

test('refuses ids that are no integers and logits that are none', async () => {
  const [x, i] = [tensor([[1.5]]), tensor([[1]])]
  expect(await codeOf(() => (suppress(x, [0.5]), x))).toBe('ERR_OPTION')
  expect(await codeOf(() => (suppress(i, [0]), i))).toBe('ERR_DTYPE')
})
