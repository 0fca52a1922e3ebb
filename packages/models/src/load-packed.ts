import { dequantizeGGUF } from '@heddle/tensor'
import type { WeightDType } from './load-dtype.ts'
import type { PackedWeight } from './weight-source.ts'

/** Takes a quantized weight and gives what the model computes with: its values in `dtype`, each rounded once. */
export function loadPacked(weight: PackedWeight, dtype: WeightDType) {
  const { packed, type, rows, columns, isTransposed } = weight
  const shape = [rows, columns]
  const values = dequantizeGGUF(packed, { type, shape, dtype })
  packed.dispose()
  if (!isTransposed) return values
  const turned = values.transpose(0, 1)
  const copy = turned.clone()
  turned.dispose()
  values.dispose()
  return copy
}
