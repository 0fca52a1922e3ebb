import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { OptionError } from '../errors.ts'
import { contiguousRows, releaseCopy, requireDType, storedFloats } from '../operands.ts'
import {
  checkCompute,
  checkPackedShape,
  packedBytes,
  PackedWeight,
  schemeNumber,
  type PackedCompute,
} from '../packed-weight.ts'
import type { Tensor } from '../tensor.ts'

/** Options of `packWeight`. */
export interface PackWeightOptions {
  /** Bits of a value. */
  readonly bits: 4 | 8
  /** How many values along K share a scale: 32 (default), 64 or 128. */
  readonly groupSize?: number
  readonly compute?: PackedCompute
}

const groupSizes = [32, 64, 128]

/**
 * `weight` [N, K] (f32, bf16 or f16) quantized symmetrically: each value becomes the nearest of 255 or 16 multiples of
 * its group's f16 scale.
 */
export const packWeight = defineOp(
  { name: 'pack_weight', gradient: 'none' },
  (weight: Tensor, options: PackWeightOptions): PackedWeight => {
    const { bits, groupSize = 32, compute = 'exact' } = options
    requireDType('packWeight', 'weight', weight, storedFloats)
    const shape = checkPackedShape('packWeight', weight.shape)
    if (bits !== 4 && bits !== 8) {
      throw new OptionError(`packWeight: bits must be 4 or 8; got ${String(bits)}.`)
    }
    if (!groupSizes.includes(groupSize)) {
      throw new OptionError(
        `packWeight: groupSize must be 32, 64 or 128; got ${String(groupSize)}.`,
      )
    }
    checkCompute('packWeight', compute)
    const scheme = bits === 8 ? 'q8' : 'q4'
    const out = empty('packWeight', [packedBytes(scheme, shape)], 'u8')
    const rows = contiguousRows(weight)
    launch('pack_weight', 'io', [rows, out], (writer) => {
      writer.u32(schemeNumber(scheme))
      writer.u32(groupSize)
    })
    releaseCopy(rows, weight)
    return new PackedWeight(scheme, shape, out, compute)
  },
)
