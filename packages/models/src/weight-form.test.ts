import {
  embedding,
  memory,
  packedEmbedding,
  PackedWeight,
  synchronize,
  tensor,
} from '@heddle/tensor'
import { expect, test } from 'vitest'
import { loadWeight, type WeightForm } from './weight-form.ts'
import type { WeightSource } from './weight-source.ts'

// Two rows of Q8_0: the scale 1, then the values.
const rows = [1, -1].map((sign) => Array.from({ length: 32 }, (_, i) => sign * (i + 1)))
const bytes = rows.flatMap((row) => [0x00, 0x3c, ...row.map((value) => value & 255)])

/** A file with that one weight. */
const sourceOf = (isTransposed: boolean): WeightSource => ({
  names: ['w'],
  storedInfo: () => ({ dtype: 'Q8_0', shape: isTransposed ? [32, 2] : [2, 32], bytes: 68 }),
  tensor: () => {
    throw new RangeError('the weight has no float values')
  },
  packed: () => {
    const packed = tensor(Uint8Array.from(bytes), { dtype: 'u8' })
    return { type: 'Q8_0', packed, rows: 2, columns: 32, isTransposed }
  },
  check: async () => {},
  dispose: () => {},
})

const forms: WeightForm[] = [
  { kind: 'float', dtype: 'f32' },
  { kind: 'float', dtype: 'bf16' },
  { kind: 'float', dtype: 'f16' },
  { kind: 'stored', scheme: 'q8' },
  { kind: 'quantized', scheme: 'q8', bits: 8, groupSize: 32 },
]

test.each(forms)('$kind $dtype$scheme gives the values, and the bytes back', async (form) => {
  const before = memory()
  const ids = tensor(Int32Array.of(0, 1))
  const weight = loadWeight(sourceOf(false), 'w', form)
  const isPacked = weight instanceof PackedWeight
  expect(isPacked).toBe(form.kind !== 'float')
  using values = isPacked ? packedEmbedding(weight, ids) : embedding(weight, ids)
  const got = (await values.tolist()) as number[][]
  for (const [i, row] of rows.entries()) {
    for (const [k, x] of row.entries()) {
      // Quantized anew, the scale is another.
      if (form.kind === 'quantized') expect(Math.abs(got[i]![k]! - x)).toBeLessThan(0.2)
      else expect(got[i]![k]).toBe(x)
    }
  }
  weight.dispose()
  ids.dispose()
  values.dispose()
  await synchronize()
  expect(memory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes })
})

test('what lies the other way round in the file is turned', async () => {
  const weight = loadWeight(sourceOf(true), 'w', { kind: 'float', dtype: 'f32' })
  if (weight instanceof PackedWeight) throw new TypeError('must be floats')
  expect(weight.isContiguous).toBe(true)
  expect(await weight.tolist()).toEqual(rows[0]!.map((value, i) => [value, rows[1]![i]]))
  weight.dispose()
})
