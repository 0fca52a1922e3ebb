import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { contiguousOrCopy, releaseCopy, requireDType } from '../operands.ts'
import { type PackedWeight, schemeNumber } from '../packed-weight.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Rows of the quantized table `weight` [V, H] for each of `ids` [...] (i32 or i64), as the f32 that they stand for:
 * [..., H]. An id outside [0, V) is ERR_INDEX, raised when the result is read.
 */
export const packedEmbedding = defineOp(
  { name: 'packed_embedding', gradient: 'none' },
  (weight: PackedWeight, ids: Tensor): Tensor => {
    requireDType('packedEmbedding', 'ids', ids, ['i32', 'i64'])
    const [rows, columns] = weight.shape
    const out = empty('packedEmbedding', [...ids.shape, columns], 'f32')
    const indices = contiguousOrCopy(ids)
    launch('packed_embedding', 'iio', [weight.data, indices, out], (writer) => {
      writer.u32(schemeNumber(weight.scheme))
      writer.u32(rows)
      writer.u32(columns)
    })
    releaseCopy(indices, ids)
    return out
  },
)
