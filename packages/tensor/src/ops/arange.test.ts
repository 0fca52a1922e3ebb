import { expect, test } from 'vitest'
import { codeOf, values } from '../op-suite.ts'
import { arange } from './arange.ts'

test('counts up, down and in parts', async () => {
  expect(await values(() => arange(3))).toEqual([0, 1, 2])
  expect(await values(() => arange(5, -5, { step: -3 }))).toEqual([5, 2, -1, -4])
  expect(await values(() => arange(1, 2, { step: 0.25 }))).toEqual([1, 1.25, 1.5, 1.75])
  expect(await values(() => arange(0))).toEqual([])
})

test('computes in f64 and rounds once', async () => {
  const got = (await values(() => arange(0, 100, { step: 0.1 }))) as number[]
  expect(got.every((v, i) => v === Math.fround(i * 0.1))).toBe(true)
  expect(got.length).toBe(1000)
})

test('gives i32 or f32 unless said', async () => {
  const made = [
    arange(2),
    arange(0.5, 2),
    arange(2, 4, { dtype: 'i64' }),
    arange(2, 4, { dtype: 'bf16' }),
  ]
  expect(made.map((x) => x.dtype)).toEqual(['i32', 'f32', 'i64', 'bf16'])
  expect(await made[2]!.tolist()).toEqual([2, 3])
  for (const x of made) x.dispose()
})

test('refuses steps that never arrive', async () => {
  for (const [start, end, step] of [
    [0, 1, 0],
    [0, 1, -1],
    [1, 0, 1],
    [0, Number.NaN, 1],
    [0, Infinity, 1],
  ]) {
    expect(await codeOf(() => arange(start!, end, { step }))).toBe('ERR_OPTION')
  }
})
