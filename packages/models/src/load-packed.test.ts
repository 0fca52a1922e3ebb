import { memory, synchronize, tensor } from '@heddle/tensor'
import { expect, test } from 'vitest'
import { loadPacked } from './load-packed.ts'

// Two rows of Q8_0: the scale 1, then the values.
const rows = [1, -1].map((sign) => Array.from({ length: 32 }, (_, i) => sign * (i + 1)))
const bytes = rows.flatMap((row) => [0x00, 0x3c, ...row.map((value) => value & 255)])

test.each(['f32', 'bf16', 'f16'] as const)(
  'decodes to %s, and gives the bytes back',
  async (dtype) => {
    const before = memory()
    for (const isTransposed of [false, true]) {
      const packed = tensor(Uint8Array.from(bytes), { dtype: 'u8' })
      const weight = { type: 'Q8_0', packed, rows: 2, columns: 32, isTransposed } as const
      const values = loadPacked(weight, dtype)
      expect(values.dtype).toBe(dtype)
      expect(values.isContiguous).toBe(true)
      expect(await values.tolist()).toEqual(
        isTransposed ? rows[0]!.map((value, i) => [value, rows[1]![i]]) : rows,
      )
      values.dispose()
    }
    await synchronize()
    expect(memory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes })
  },
)
