import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { ggufBlocks, type GGUFType } from '../gguf-type.ts'
import { close, codeOf, values } from '../op-suite.ts'
import { dequantizeGGUF } from './dequantize-gguf.ts'

const u8 = (bytes: readonly number[], shape = [bytes.length]) =>
  tensor(Uint8Array.from(bytes), { shape, dtype: 'u8' })

// Two rows of one block: scales 0.5 and 2, byte i is i - 16.
const q8 = [0x00, 0x38, ...Array.from({ length: 32 }, (_, i) => (i - 16) & 255)].concat([
  ...[0x00, 0x40],
  ...Array.from({ length: 32 }, (_, i) => (i - 16) & 255),
])
const want = [0.5, 2].map((d) => Array.from({ length: 32 }, (_, i) => (i - 16) * d))

test('decodes blocks of Q8_0 into rows, in every float type', async () => {
  for (const dtype of ['f32', 'bf16', 'f16'] as const) {
    const decode = () => dequantizeGGUF(u8(q8), { type: 'Q8_0', shape: [2, 32], dtype })
    close(await values(decode), want, 0)
  }
})

test('takes packed rows that are a view, and no rows at all', async () => {
  const second = () =>
    dequantizeGGUF(u8(q8, [2, 34]).slice(0, 1, 2), { type: 'Q8_0', shape: [1, 32] })
  close(await values(second), [want[1]!], 0)
  const turned = () =>
    dequantizeGGUF(u8(q8, [2, 34]).permute([0, 1]), { type: 'Q8_0', shape: [32, 2] })
  expect(await codeOf(turned)).toBe('ERR_SHAPE')
  const none = dequantizeGGUF(u8([], [0]), { type: 'Q4_K', shape: [0, 256] })
  expect(await none.tolist()).toEqual([])
  none.dispose()
})

test('reads every type of the table: a block of zeros is finite', async () => {
  for (const [type, { values: width, bytes }] of Object.entries(ggufBlocks)) {
    const out = dequantizeGGUF(u8(Array(bytes).fill(0)), { type: type as GGUFType, shape: [width] })
    const data = (await out.data()) as Float32Array
    expect(data.length, type).toBe(width)
    expect(data.every(Number.isFinite), type).toBe(true)
    out.dispose()
  }
})

test('refuses what does not fit', async () => {
  const cases = [
    [() => dequantizeGGUF(u8(q8), { type: 'Q8_0', shape: [3, 32] }), 'ERR_SHAPE'],
    [() => dequantizeGGUF(u8(q8), { type: 'Q8_0', shape: [64, 1] }), 'ERR_SHAPE'],
    [() => dequantizeGGUF(u8(q8), { type: 'Q8_1' as GGUFType, shape: [2, 32] }), 'ERR_OPTION'],
    [() => dequantizeGGUF(u8(q8), { type: 'toString' as GGUFType, shape: [2, 32] }), 'ERR_OPTION'],
    [() => dequantizeGGUF(u8(q8), { type: 'Q8_0', shape: [2, 32], dtype: 'i32' }), 'ERR_OPTION'],
    [() => dequantizeGGUF(tensor([1]), { type: 'F32', shape: [1] }), 'ERR_DTYPE'],
    [
      () => dequantizeGGUF(u8(q8), { type: 'Q8_0', shape: [2 ** 40, 2 ** 40] }),
      'ERR_SHAPE_OVERFLOW',
    ],
  ] as const
  for (const [make, code] of cases) expect(await codeOf(make)).toBe(code)
})
