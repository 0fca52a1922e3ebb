import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { scope } from '../scope.ts'
import { codeOf, values } from '../op-suite.ts'
import { where } from './where.ts'

test('picks by the mask and broadcasts all three', async () => {
  const got = await values(() =>
    where(tensor([[true], [false]]), tensor([1, 2, 3]), tensor([[10], [20]])),
  )
  expect(got).toEqual([
    [1, 2, 3],
    [20, 20, 20],
  ])
})

test('takes numbers and views', async () => {
  const mask = () => tensor([1, 0, 0, 1], { shape: [2, 2], dtype: 'u8' }).transpose(0, 1)
  const x = () => tensor([1, 2, 3, 4], { shape: [2, 2], dtype: 'f32' }).transpose(0, 1)
  expect(await values(() => where(mask(), x(), -Infinity))).toEqual([
    [1, -Infinity],
    [-Infinity, 4],
  ])
  expect(await values(() => where(mask(), 7, x()))).toEqual([
    [7, 3],
    [2, 7],
  ])
  expect(await values(() => where(mask(), 7, 8))).toEqual([
    [7, 8],
    [8, 7],
  ])
})

test('promotes dtypes and keeps the others', async () => {
  for (const dtype of ['bf16', 'i64', 'u8', 'bool'] as const) {
    const out = scope(() => where(tensor([true, false]), tensor([1, 1], { dtype }), 0))
    expect(out.dtype).toBe(dtype)
    expect(await out.tolist()).toEqual([1, 0])
    out.dispose()
  }
  const out = scope(() => where(tensor([true]), tensor([1]), tensor([1], { dtype: 'bf16' })))
  expect(out.dtype).toBe('bf16')
  out.dispose()
})

test('refuses conditions that are no masks, and shapes that do not broadcast', async () => {
  const [f, m, three] = [tensor([1.5, 2.5]), tensor([true, false]), tensor([1, 2, 3])]
  expect(await codeOf(() => where(f, f, f))).toBe('ERR_DTYPE')
  expect(await codeOf(() => where(m, three, 0))).toBe('ERR_SHAPE')
  for (const t of [f, m, three]) t.dispose()
})
