import { expect, it } from 'vitest'
import {
  embedding,
  linear,
  OptionError,
  packedEmbedding,
  packedLinears,
  packGGUF,
  packWeight,
  ShapeError,
  tensor,
  type Tensor,
} from '../index.ts'

const noise = (count: number, seed: number): Float32Array => {
  let state = seed >>> 0
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

const floats = async (t: Tensor): Promise<number[]> => [...((await t.data()) as Float32Array)]

const matrix = (rows: number, columns: number, seed: number): Tensor =>
  tensor(noise(rows * columns, seed), { shape: [rows, columns] })

it.each([
  [8, 32, 0.01],
  [8, 128, 0.015],
  [4, 32, 0.15],
] as const)(
  '%i bits in groups of %i are near the product of floats',
  async (bits, groupSize, near) => {
    using w = matrix(40, 192, 1)
    using x = matrix(5, 192, 2)
    using bias = tensor(noise(40, 3))
    using want = linear(x, w, bias)
    const expected = await floats(want)
    const size = Math.max(...expected.map(Math.abs))
    for (const compute of ['exact', 'fast'] as const) {
      const weight = packWeight(w, { bits, groupSize, compute })
      using got = packedLinears(x, [{ weight, bias }])[0]!
      expect(got.shape).toEqual([5, 40])
      const values = await floats(got)
      expect(Math.max(...values.map((v, i) => Math.abs(v - expected[i]!)))).toBeLessThan(
        near * size,
      )
      // A row alone has the same bits.
      using row = x.slice(0, 3, 4)
      using alone = packedLinears(row, [{ weight, bias }])[0]!
      expect(await floats(alone)).toEqual(values.slice(120, 160))
      weight.dispose()
    }
  },
)

it('exact is the product with the weights that rows give', async () => {
  using w = matrix(24, 64, 4)
  using x = matrix(2, 64, 5)
  const weight = packWeight(w, { bits: 8 })
  using ids = tensor(Int32Array.from({ length: 24 }, (_, i) => i))
  using rows = packedEmbedding(weight, ids)
  expect(rows.shape).toEqual([24, 64])
  const plain = await floats(rows)
  const xs = await floats(x)
  using got = packedLinears(x, [{ weight }])[0]!
  const values = await floats(got)
  for (const [i, value] of values.entries()) {
    let sum = 0
    for (let k = 0; k < 64; k++) sum += xs[Math.floor(i / 24) * 64 + k]! * plain[(i % 24) * 64 + k]!
    expect(value).toBeCloseTo(sum, 4)
  }
  weight.dispose()
})

it('siblings are one job with the same bits', async () => {
  using a = matrix(16, 64, 6)
  using b = matrix(48, 64, 7)
  using x = tensor(noise(192, 8), { shape: [1, 3, 64] })
  const terms = [a, b].map((w, i) => ({
    weight: packWeight(w, { bits: i === 0 ? 4 : 8, compute: 'fast' }),
  }))
  const together = packedLinears(x, terms)
  for (const [i, term] of terms.entries()) {
    using alone = packedLinears(x, [term])[0]!
    expect(together[i]!.shape).toEqual([1, 3, i === 0 ? 16 : 48])
    expect(await floats(together[i]!)).toEqual(await floats(alone))
  }
  for (const result of together) result.dispose()
  for (const { weight } of terms) weight.dispose()
})

it('blocks of GGUF are packed as they are', async () => {
  // Two rows of one Q8_0 block each: scale 0.5 and 2 as f16, then the codes.
  const blocks = new Uint8Array(68)
  blocks.set([0x00, 0x38, ...Array.from({ length: 32 }, (_, i) => i)])
  blocks.set([0x00, 0x40, ...Array.from({ length: 32 }, (_, i) => 256 - i - 1)], 34)
  using bytes = tensor(blocks)
  const weight = packGGUF(bytes, { type: 'Q8_0', shape: [2, 32] })
  using ids = tensor(Int32Array.of(1, 0))
  using rows = packedEmbedding(weight, ids)
  expect(await floats(rows)).toEqual([
    ...Array.from({ length: 32 }, (_, i) => -2 * (i + 1)),
    ...Array.from({ length: 32 }, (_, i) => i / 2),
  ])
  weight.dispose()
})

it('an id outside of the table is named', async () => {
  using w = matrix(4, 32, 9)
  const weight = packWeight(w, { bits: 8 })
  using ids = tensor(Int32Array.of(4))
  using rows = packedEmbedding(weight, ids)
  await expect(rows.data()).rejects.toMatchObject({ code: 'ERR_INDEX' })
  weight.dispose()
})

it('says what is wrong with its arguments', async () => {
  using w = matrix(4, 32, 9)
  using x = matrix(1, 31, 9)
  using row = tensor(noise(32, 1))
  using bytes = tensor(new Uint8Array(33))
  expect(() => packWeight(w, { bits: 5 as 8 })).toThrow(OptionError)
  expect(() => packWeight(w, { bits: 8, groupSize: 48 })).toThrow(OptionError)
  expect(() => packWeight(w, { bits: 8, compute: 'quick' as 'fast' })).toThrow(OptionError)
  expect(() => packWeight(row, { bits: 8 })).toThrow(ShapeError)
  expect(() => packGGUF(bytes, { type: 'Q8_0', shape: [1, 32] })).toThrow(ShapeError)
  expect(() => packGGUF(bytes, { type: 'IQ1_S' as 'Q8_0', shape: [1, 32] })).toThrow(OptionError)
  const weight = packWeight(w, { bits: 8 })
  const fast = packWeight(w, { bits: 8, compute: 'fast' })
  expect(() => packedLinears(x, [{ weight }])).toThrow(ShapeError)
  expect(() => packedLinears(w, [])).toThrow(OptionError)
  expect(() => packedLinears(w, [{ weight }, { weight: fast }])).toThrow(OptionError)
  expect(() => packedLinears(w, [{ weight, bias: row }])).toThrow(ShapeError)
  using good = embedding(w, tensor(Int32Array.of(0)))
  expect(good.shape).toEqual([1, 32])
  weight.dispose()
  fast.dispose()
})
