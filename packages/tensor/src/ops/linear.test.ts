import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import type { DType } from '../dtype.ts'
import { deviceInfo, memory, setNumThreads, synchronize } from '../memory.ts'
import { close, codeOf, values } from '../op-suite.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { linear } from './linear.ts'

/** Small multiples of 1/8: exact in bf16 and f16, and their products sum without rounding. */
const eighths = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => (((i * 37 + seed * 11) % 41) - 20) / 8)

function reference(
  x: number[],
  w: number[],
  bias: number[] | undefined,
  m: number,
  n: number,
  k: number,
): number[][] {
  return Array.from({ length: m }, (_, i) =>
    Array.from({ length: n }, (_, j) => {
      let sum = bias?.[j] ?? 0
      for (let l = 0; l < k; l++) sum += x[i * k + l]! * w[j * k + l]!
      return sum
    }),
  )
}

test.each(['f32', 'bf16', 'f16'] as DType[])(
  'multiplies by a weight of %s in both layouts',
  async (dtype) => {
    for (const [m, n, k] of [
      [1, 5, 40],
      [3, 17, 16],
      [7, 4, 3],
      [20, 33, 50],
    ] as const) {
      const [x, w, b] = [eighths(m * k, 1), eighths(n * k, 2), eighths(n, 3)]
      const want = reference(x, w, b, m, n, k)
      const operands = () =>
        [tensor(x, { shape: [m, k] }), tensor(w, { shape: [n, k], dtype })] as const
      const biased = () => {
        const [left, weight] = operands()
        return linear(left, weight, tensor(b, { dtype }))
      }
      close(await values(biased), want, 0)
      const turned = () => {
        const [left, weight] = operands()
        return linear(left, weight.transpose(0, 1).contiguous(), tensor(b), { layout: 'kn' })
      }
      close(await values(turned), want, 0)
    }
  },
)

test('takes any leading dimensions and views of every operand', async () => {
  const [x, w, b] = [eighths(2 * 3 * 8, 4), eighths(6 * 8, 5), eighths(12, 6)]
  const want = reference(x, w, undefined, 6, 6, 8)
  const x3 = () => tensor(x, { shape: [2, 3, 8] })
  const weight = () => tensor(w, { shape: [6, 8] })
  close(await values(() => linear(x3(), weight())), [want.slice(0, 3), want.slice(3)], 0)
  // The last token of each row, as logitsToKeep: 1 takes it.
  close(await values(() => linear(x3().slice(1, 2, 3), weight())), [[want[2]!], [want[5]!]], 0)
  const half = reference(
    x,
    w.flatMap((v, i) => (Math.floor(i / 8) % 2 === 0 ? [v] : [])),
    undefined,
    6,
    3,
    8,
  )
  close(await values(() => linear(x3().reshape([6, 8]), weight().slice(0, 0, 6, 2))), half, 0)
  const transposed = () =>
    linear(x3().transpose(0, 1), weight().transpose(0, 1).clone().transpose(0, 1))
  close(
    await values(transposed),
    [0, 1, 2].map((t) => [want[t]!, want[3 + t]!]),
    0,
  )
  const every = b.filter((_, i) => i % 2 === 1)
  close(
    await values(() => linear(x3().reshape([6, 8]), weight(), tensor(b).slice(0, 1, 12, 2))),
    want.map((row) => row.map((v, j) => v + every[j]!)),
    0,
  )
  const vector = () => linear(tensor(x.slice(0, 8)), weight())
  close(await values(vector), want[0]!, 0)
})

test('gives empty results and the bias alone for empty operands', async () => {
  const out = scope(() =>
    linear(
      tensor([], { shape: [2, 0, 4], dtype: 'f32' }),
      tensor(eighths(12, 1), { shape: [3, 4] }),
    ),
  )
  expect(out.shape).toEqual([2, 0, 3])
  expect((await out.data()).length).toBe(0)
  out.dispose()
  const none = () =>
    [
      tensor([], { shape: [2, 0], dtype: 'f32' }),
      tensor([], { shape: [3, 0], dtype: 'f32' }),
    ] as const
  expect(await values(() => linear(...none()))).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ])
  expect(await values(() => linear(...none(), tensor([1, 2, 3], { dtype: 'f32' })))).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

test.each(['nk', 'kn'] as const)(
  'a row of %s has the same bits alone, in a batch and on any number of threads',
  async (layout) => {
    const noise = (count: number, seed: number) =>
      Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed) * 3)
    const [m, n, k] = [37, 50, 75]
    const [x, w] = [
      tensor(noise(m * k, 1), { shape: [m, k] }),
      tensor(noise(n * k, 2), { shape: layout === 'nk' ? [n, k] : [k, n] }),
    ]
    const bitsOf = async (t: Tensor) => {
      const data = new Uint32Array(await t.bytes())
      t.dispose()
      return data
    }
    const all = await bitsOf(linear(x, w, undefined, { layout }))
    for (const [from, to] of [
      [0, 1],
      [36, 37],
      [5, 9],
      [10, 26],
    ] as const) {
      const rows = x.slice(0, from, to)
      expect(await bitsOf(linear(rows, w, undefined, { layout }))).toEqual(
        all.slice(from * n, to * n),
      )
      rows.dispose()
    }
    const { threads } = deviceInfo()
    setNumThreads(1)
    try {
      expect(await bitsOf(linear(x, w, undefined, { layout }))).toEqual(all)
    } finally {
      setNumThreads(threads)
    }
    x.dispose()
    w.dispose()
  },
)

test('refuses operands that do not fit, and frees what it made', async () => {
  const x = tensor(eighths(6, 1), { shape: [2, 3] })
  const w = tensor(eighths(12, 1), { shape: [4, 3] })
  const ids = tensor([1, 2, 3], { dtype: 'i32' })
  const bias = tensor([1, 2, 3], { dtype: 'f32' })
  await synchronize()
  const before = memory().tensors
  expect(await codeOf(() => linear(x, w, undefined, { layout: 'kn' }))).toBe('ERR_SHAPE')
  expect(await codeOf(() => linear(w, x, bias))).toBe('ERR_SHAPE')
  expect(await codeOf(() => linear(x, bias))).toBe('ERR_SHAPE')
  expect(await codeOf(() => linear(ids, w))).toBe('ERR_DTYPE')
  expect(await codeOf(() => linear(x, w, ids))).toBe('ERR_DTYPE')
  expect(await codeOf(() => linear(x, w, undefined, { layout: 'kk' as 'kn' }))).toBe('ERR_OPTION')
  expect(() => linear(x, ids)).toThrow(/linear: weight must be one of f32, bf16, f16; got i32/)
  expect(memory().tensors).toBe(before)
  for (const t of [x, w, ids, bias]) t.dispose()
})
