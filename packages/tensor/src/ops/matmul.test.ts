import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import type { DType } from '../dtype.ts'
import { memory, synchronize } from '../memory.ts'
import { close, codeOf, values } from '../op-suite.ts'
import { broadcastShapes, broadcastStrides, contiguousStrides } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { matmul } from './matmul.ts'

/** Small multiples of 1/8: exact in bf16 and f16, and their products sum without rounding. */
const eighths = (shape: readonly number[], seed: number) =>
  Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, i) => (((i * 37 + seed * 11) % 41) - 20) / 8,
  )

/** The product of arrays in row-major order, flat. */
function reference(a: number[], aShape: number[], b: number[], bShape: number[]): number[] {
  const [m, k] = aShape.slice(-2) as [number, number]
  const n = bShape[bShape.length - 1]!
  const batch = broadcastShapes('test', aShape.slice(0, -2), bShape.slice(0, -2))
  const offsets = (shape: number[]) =>
    broadcastStrides(shape.slice(0, -2), contiguousStrides(shape).slice(0, -2), batch)
  const [sa, sb] = [offsets(aShape), offsets(bShape)]
  const out: number[] = []
  const count = batch.reduce((x, y) => x * y, 1)
  for (let t = 0; t < count; t++) {
    let [left, pa, pb] = [t, 0, 0]
    for (let i = batch.length - 1; i >= 0; i--) {
      pa += (left % batch[i]!) * sa[i]!
      pb += (left % batch[i]!) * sb[i]!
      left = Math.floor(left / batch[i]!)
    }
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0
        for (let l = 0; l < k; l++) sum += a[pa + i * k + l]! * b[pb + l * n + j]!
        out.push(sum)
      }
    }
  }
  return out
}

const flat = async (compute: () => Tensor) => [await values(compute)].flat(9) as number[]

test.each(['f32', 'bf16', 'f16'] as DType[])('multiplies by a matrix of %s', async (dtype) => {
  for (const [m, k, n] of [
    [1, 9, 40],
    [4, 16, 5],
    [5, 130, 70],
    [23, 7, 64],
  ] as const) {
    const [a, b] = [eighths([m, k], 1), eighths([k, n], 2)]
    const got = await flat(() =>
      matmul(tensor(a, { shape: [m, k] }), tensor(b, { shape: [k, n], dtype })),
    )
    close(got, reference(a, [m, k], b, [k, n]), 0)
  }
})

test('broadcasts leading dimensions in every way', async () => {
  const shapes: [number[], number[]][] = [
    [
      [3, 2, 4],
      [3, 4, 5],
    ],
    [
      [3, 2, 4],
      [4, 5],
    ],
    [
      [2, 4],
      [3, 4, 5],
    ],
    [
      [2, 1, 2, 4],
      [1, 3, 4, 5],
    ],
    [
      [2, 1, 2, 2, 4],
      [1, 3, 1, 4, 5],
    ],
    [
      [2, 1, 3, 1, 1, 4],
      [1, 2, 1, 3, 4, 5],
    ],
    [
      [0, 2, 4],
      [4, 5],
    ],
  ]
  for (const [sa, sb] of shapes) {
    const [a, b] = [eighths(sa, 3), eighths(sb, 4)]
    const got = await flat(() =>
      matmul(tensor(a, { shape: sa, dtype: 'f32' }), tensor(b, { shape: sb, dtype: 'f32' })),
    )
    close(got, reference(a, sa, b, sb), 0)
  }
})

test('takes views: transposed, sliced, expanded', async () => {
  const [a, b] = [eighths([2, 6, 4], 5), eighths([2, 4, 6], 6)]
  const want = reference(a, [2, 6, 4], b, [2, 4, 6])
  const left = () => tensor(a, { shape: [2, 6, 4] })
  const right = () => tensor(b, { shape: [2, 4, 6] })
  close(
    await flat(() => matmul(left().transpose(1, 2).contiguous().transpose(1, 2), right())),
    want,
    0,
  )
  close(
    await flat(() => matmul(left(), right().transpose(1, 2).contiguous().transpose(1, 2))),
    want,
    0,
  )
  const part = want.filter((_, i) => i % 6 >= 2 && i % 6 < 4)
  close(await flat(() => matmul(left(), right().slice(2, 2, 4))), part, 0)
  close(
    await flat(() => matmul(left().slice(1, 0, 6, 2), right())),
    want.filter((_, i) => Math.floor(i / 6) % 2 === 0),
    0,
  )
  const first = want.slice(0, 36)
  close(
    await flat(() => matmul(left().slice(0, 0, 1).expand([2, 6, 4]), right().slice(0, 0, 1))),
    [...first, ...first],
    0,
  )
})

test('treats vectors as a row on the left and a column on the right', async () => {
  const [a, b, m] = [eighths([4], 1), eighths([4], 2), eighths([4, 3], 3)]
  const row = reference(a, [1, 4], m, [4, 3])
  expect(await values(() => matmul(tensor(a), tensor(m, { shape: [4, 3] })))).toEqual(row)
  const turned = () => matmul(tensor(m, { shape: [4, 3] }).transpose(0, 1), tensor(a))
  expect(await values(turned)).toEqual(row)
  expect(await values(() => matmul(tensor(a), tensor(b)))).toBe(reference(a, [1, 4], b, [4, 1])[0])
})

test('refuses operands that do not fit, and frees what it made', async () => {
  const a = tensor(eighths([2, 3], 1), { shape: [2, 3] })
  const b = tensor(eighths([2, 3, 2], 1), { shape: [2, 3, 2] })
  const c = tensor(eighths([3, 3, 2], 1), { shape: [3, 3, 2] })
  const scalar = tensor(1, { dtype: 'f32' })
  const whole = tensor([[1], [2], [3]], { dtype: 'i32' })
  await synchronize()
  const before = memory().tensors
  expect(() => matmul(a, a)).toThrow(/got \[2, 3\] and \[2, 3\]/)
  expect(await codeOf(() => matmul(b.transpose(1, 2).contiguous(), c))).toBe('ERR_SHAPE')
  expect(await codeOf(() => matmul(scalar, a))).toBe('ERR_SHAPE')
  expect(await codeOf(() => matmul(a, whole))).toBe('ERR_DTYPE')
  expect(await codeOf(() => matmul(whole, a))).toBe('ERR_DTYPE')
  await synchronize()
  // The two temporaries of the transposed case belong to nobody and are left to the collector.
  expect(memory().tensors).toBe(before + 2)
  for (const t of [a, b, c, scalar, whole]) t.dispose()
})
