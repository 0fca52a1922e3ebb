import { expect, test } from 'vitest'
import { HeddleError } from './errors.ts'
import {
  broadcastShapes,
  broadcastStrides,
  byteSize,
  contiguousStrides,
  isContiguous,
  normalizeAxis,
  resolveReshape,
  reshapeStrides,
  sizeOf,
} from './shape.ts'

/** Small seeded generator, so that a failing case can be found again. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const code = (fn: () => unknown): string => {
  try {
    fn()
  } catch (error) {
    if (HeddleError.isInstance(error)) return error.code
    throw error
  }
  return 'ok'
}

test('hostile shapes are refused with a code, never computed with', () => {
  const next = random(1)
  const odd = [
    0,
    1,
    2,
    3,
    7,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
    2 ** 63,
    -1,
    0.5,
    NaN,
    Infinity,
  ]
  for (let i = 0; i < 100_000; i++) {
    const rank = Math.floor(next() * 33)
    const shape = Array.from({ length: rank }, () => odd[Math.floor(next() * odd.length)]!)
    const result = code(() => {
      const bytes = byteSize('test', shape, 'f64')
      expect(Number.isSafeInteger(bytes)).toBe(true)
    })
    const plain = shape.every((dim) => Number.isInteger(dim) && dim >= 0)
    if (rank > 8 || !plain) expect(['ERR_SHAPE', 'ERR_SHAPE_OVERFLOW']).toContain(result)
    else if (shape.some((dim) => dim >= 2 ** 31)) expect(result).toBe('ERR_SHAPE_OVERFLOW')
    else expect(['ok', 'ERR_SHAPE_OVERFLOW']).toContain(result)
  }
})

test('sizes, strides and contiguity of usual shapes', () => {
  expect(sizeOf('t', [])).toBe(1)
  expect(sizeOf('t', [2, 0, 5])).toBe(0)
  expect(contiguousStrides([2, 3, 4])).toEqual([12, 4, 1])
  expect(isContiguous([2, 3], [3, 1])).toBe(true)
  expect(isContiguous([2, 1, 3], [3, 99, 1])).toBe(true)
  expect(isContiguous([2, 3], [1, 2])).toBe(false)
  expect(isContiguous([0, 3], [7, 7])).toBe(true)
})

test('a reshape without copy reads the same elements in the same order', () => {
  const next = random(7)
  const offsets = (shape: readonly number[], strides: readonly number[]): number[] => {
    let out = [0]
    shape.forEach((dim, axis) => {
      out = out.flatMap((base) => Array.from({ length: dim }, (_, i) => base + i * strides[axis]!))
    })
    return out
  }
  let views = 0
  for (let i = 0; i < 5_000; i++) {
    const shape = Array.from(
      { length: 1 + Math.floor(next() * 4) },
      () => 1 + Math.floor(next() * 4),
    )
    const order = shape.map((_, axis) => axis).sort(() => next() - 0.5)
    const base = contiguousStrides(shape)
    const permuted = order.map((axis) => shape[axis]!)
    const strides = order.map((axis) => base[axis]!)
    const size = sizeOf('t', permuted)
    const divisors = [1, 2, 3, 4, 6, 8, 12].filter((d) => size % d === 0)
    const first = divisors[Math.floor(next() * divisors.length)]!
    const target = [first, size / first]
    const view = reshapeStrides(permuted, strides, target)
    if (!view) continue
    views++
    expect(offsets(target, view)).toEqual(offsets(permuted, strides))
  }
  expect(views).toBeGreaterThan(1_000)
})

test('broadcasting follows trailing dimensions and names the shapes it refuses', () => {
  expect(broadcastShapes('add', [3, 1], [4])).toEqual([3, 4])
  expect(broadcastShapes('add', [], [2, 2])).toEqual([2, 2])
  expect(broadcastShapes('add', [0], [1])).toEqual([0])
  expect(() => broadcastShapes('add', [2, 3], [2])).toThrow('add: shapes must broadcast')
  expect(broadcastStrides([3, 1], [1, 1], [2, 3, 4])).toEqual([0, 1, 0])
})

test('-1 in a reshape is solved or refused', () => {
  expect(resolveReshape('reshape', 12, [-1, 4])).toEqual([3, 4])
  expect(() => resolveReshape('reshape', 12, [-1, 5])).toThrow('reshape: -1 cannot be solved')
  expect(() => resolveReshape('reshape', 12, [-1, -1])).toThrow()
  expect(() => resolveReshape('reshape', 0, [-1, 0])).toThrow()
  expect(() => resolveReshape('reshape', 12, [5])).toThrow('must have 12 elements')
})

test('an axis counts from both ends', () => {
  expect(normalizeAxis('softmax', -1, 2)).toBe(1)
  expect(() => normalizeAxis('softmax', 3, 2, [2, 5])).toThrow(
    'softmax: axis must be between -2 and 1 for shape [2, 5]; got 3.',
  )
})
