import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf, values } from '../op-suite.ts'
import { scope } from '../scope.ts'
import { argmin } from './argmin.ts'

const rows = [
  [-3, 7, 7],
  [5, 1.5, -9],
]

test('finds the place along an axis and in all, the first of ties', async () => {
  const x = [
    [-3, 7, -3],
    [5, 5, -9],
  ]
  expect(await values(() => argmin(tensor(rows, { dtype: 'f32' }), { axis: -1 }))).toEqual([0, 2])
  expect(await values(() => argmin(tensor(x, { dtype: 'f32' })))).toBe(5)
  expect(
    await values(() => argmin(tensor(rows, { dtype: 'f32' }).transpose(0, 1), { axis: 0 })),
  ).toEqual([0, 2])
  const columns = [
    [1, 9, 1],
    [2, 3, 8],
  ]
  expect(await values(() => argmin(tensor(columns, { dtype: 'i64' }), { axis: 0 }))).toEqual([
    0, 1, 0,
  ])
})

test('lets a NaN beat every number', async () => {
  expect(await values(() => argmin(tensor([1, Number.NaN, -Infinity, Number.NaN])))).toBe(1)
})

test('gives i32 or i64, keeps dimensions on request', async () => {
  const out = scope(() => argmin(tensor(rows), { axis: 1, keepDims: true, dtype: 'i64' }))
  expect([out.dtype, out.shape]).toEqual(['i64', [2, 1]])
  out.dispose()
  const flat = scope(() => argmin(tensor(rows), { keepDims: true }))
  expect([flat.dtype, flat.shape]).toEqual(['i32', [1, 1]])
  flat.dispose()
})

test('refuses an empty axis', async () => {
  const x = tensor([], { shape: [2, 0], dtype: 'f32' })
  expect(await codeOf(() => argmin(x, { axis: 1 }))).toBe('ERR_SHAPE')
  expect(await codeOf(() => argmin(x))).toBe('ERR_SHAPE')
  x.dispose()
})
