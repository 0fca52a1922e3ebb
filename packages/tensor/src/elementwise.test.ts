import { expect, test } from 'vitest'
import { fromBytes, tensor } from './create.ts'
import type { DType } from './dtype.ts'
import { binary } from './elementwise.ts'
import { codeOf } from './op-suite.ts'
import { scope } from './scope.ts'

const meet = (a: [DType, number[]], b: [DType, number[]] | number): DType => {
  const make = ([dtype, shape]: [DType, number[]]) => tensor([1], { shape, dtype })
  return scope(() => binary('maximum', make(a), typeof b === 'number' ? b : make(b)).dtype)
}

test.each([
  ['bf16', 'f32', 'f32'],
  ['bf16', 'f16', 'f32'],
  ['f32', 'f64', 'f64'],
  ['i64', 'bf16', 'bf16'],
  ['i32', 'i64', 'i64'],
  ['u8', 'i8', 'i16'],
  ['u8', 'i32', 'i32'],
  ['bool', 'u8', 'u8'],
  ['bool', 'bool', 'bool'],
] as const)('%s and %s meet in %s', (a, b, want) => {
  expect(meet([a, [1]], [b, [1]])).toBe(want)
  expect(meet([b, [1]], [a, [1]])).toBe(want)
})

test('a scalar tensor does not widen the kind of one with dimensions', () => {
  expect(meet(['bf16', [1]], ['f32', []])).toBe('bf16')
  expect(meet(['i32', []], ['u8', [1]])).toBe('u8')
  expect(meet(['i32', [1]], ['f64', []])).toBe('f64')
  expect(meet(['f32', []], ['f64', []])).toBe('f64')
})

test('a number keeps the dtype it fits, a fraction makes floats of integers', () => {
  expect(meet(['bf16', [1]], 0.1)).toBe('bf16')
  expect(meet(['u8', [1]], 255)).toBe('u8')
  expect(meet(['i64', [1]], 0.5)).toBe('f32')
  expect(meet(['bool', [1]], 2)).toBe('i64')
})

test('refuses numbers that the integers cannot hold, arithmetic of bool, float8', async () => {
  const [u, b, f8] = [
    tensor([1], { dtype: 'u8' }),
    tensor([true]),
    fromBytes(Uint8Array.of(1), [1], 'f8e5m2'),
  ]
  expect(await codeOf(() => binary('add', u, 256))).toBe('ERR_DTYPE')
  expect(await codeOf(() => binary('add', b, b))).toBe('ERR_DTYPE')
  expect(await codeOf(() => binary('add', f8, f8))).toBe('ERR_DTYPE')
  for (const t of [u, b, f8]) t.dispose()
})
