import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { ShapeError } from '../errors.ts'
import {
  contiguousOrCopy,
  contiguousRows,
  releaseCopy,
  requireDType,
  storedFloats,
} from '../operands.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Rows of the table `weight` [V, H] (f32, bf16 or f16) for each of `ids` [...] (i32 or i64): f32 [..., H].
 * An id outside [0, V) is ERR_INDEX, raised when the result is read.
 */
export const embedding = defineOp(
  { name: 'embedding', gradient: 'todo' },
  (weight: Tensor, ids: Tensor): Tensor => {
    requireDType('embedding', 'weight', weight, storedFloats)
    requireDType('embedding', 'ids', ids, ['i32', 'i64'])
    if (weight.rank !== 2) {
      throw new ShapeError(
        `embedding: weight must be [vocabulary, width]; got ${shapeText(weight.shape)}.`,
      )
    }
    const out = empty('embedding', [...ids.shape, weight.shape[1]!], 'f32')
    const [table, indices] = [contiguousRows(weight), contiguousOrCopy(ids)]
    launch('embedding', 'iio', [table, indices, out])
    releaseCopy(table, weight)
    releaseCopy(indices, ids)
    return out
  },
)
