import { expect, test } from 'vitest'
import { randomState } from './random-state.ts'

test('holds the seed and no draws yet', async () => {
  for (const [seed, word] of [
    [5, 5n],
    [-1, -1n],
    [2n ** 64n - 1n, -1n],
  ] as const) {
    const state = randomState(seed)
    expect(await state.data()).toEqual(BigInt64Array.of(word, 0n))
    state.dispose()
  }
})

test('refuses seeds that are no whole numbers', () => {
  for (const seed of [0.5, Number.NaN, 2 ** 53]) {
    expect(() => randomState(seed)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }))
  }
})
