import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { type FilterOptions, filterLogits } from './filter-logits.ts'

const gone = -Infinity
const run = (rows: number[][], options: FilterOptions) =>
  values(() => {
    const logits = tensor(rows, { dtype: 'f32' })
    filterLogits(logits, options)
    return logits
  })

test('divides by the temperature', async () => {
  expect(await run([[1, -2]], { temperature: 0.5 })).toEqual([[2, -4]])
})

test('keeps ties with the k-th score', async () => {
  expect(await run([[1, 3, 2, 2, 0]], { topK: 2 })).toEqual([[gone, 3, 2, 2, gone]])
})

test('drops the worst while the probability dropped is at most 1 - topP', async () => {
  const logs = [0.5, 0.3, 0.15, 0.05].map(Math.log)
  const kept = async (topP: number, minTokensToKeep = 1) =>
    ((await run([logs], { topP, minTokensToKeep })) as number[][])[0]!.filter((v) => v > gone)
      .length
  expect([await kept(0.45), await kept(0.75), await kept(0.9), await kept(0.99)]).toEqual([
    1, 2, 3, 4,
  ])
  expect([await kept(0), await kept(0, 3)]).toEqual([1, 3])
})

test('drops what is far less likely than the best', async () => {
  expect(await run([[0, -1, -3]], { minP: 0.3 })).toEqual([[0, -1, gone]])
})

test('applies temperature, top k, top p and min p in this order to every row', async () => {
  const rows = [
    [5, 4, 3, 2],
    [2, 3, 4, 5],
  ]
  expect(await run(rows, { temperature: 2, topK: 3, topP: 0.9, minP: 0.5 })).toEqual([
    [2.5, 2, gone, gone],
    [gone, gone, 2, 2.5],
  ])
})

test('refuses options out of range', async () => {
  const bad: FilterOptions[] = [
    { temperature: 0 },
    { temperature: Number.NaN },
    { temperature: -1 },
    { topK: -1 },
    { topK: 1.5 },
    { topP: 1.1 },
    { topP: Number.NaN },
    { minP: -0.1 },
    { minTokensToKeep: 0 },
  ]
  for (const options of bad) {
    expect(
      await codeOf(() => {
        const x = tensor([[1.5]])
        try {
          filterLogits(x, options)
        } finally {
          x.dispose()
        }
        return x
      }),
    ).toBe('ERR_OPTION')
  }
})
