import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { DTypeError, ShapeError } from '../errors.ts'
import { scope } from '../scope.ts'
import { normalizeAxis, shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/**
 * The slices of `x` along `axis` that `index` [N] (i32 or i64) names, in its order. Indices below 0 or not
 * below the size of the axis fail with ERR_INDEX when the result is read.
 */
export const indexSelect = defineOp(
  { name: 'index_select', gradient: 'todo' },
  (x: Tensor, index: Tensor, axis = 0): Tensor => {
    const at = normalizeAxis('indexSelect', axis, x.rank, x.shape)
    if (index.dtype !== 'i32' && index.dtype !== 'i64') {
      throw new DTypeError(`indexSelect: the index must be i32 or i64; got ${index.dtype}.`)
    }
    if (index.rank !== 1) {
      throw new ShapeError(
        `indexSelect: the index must have 1 dimension; got ${shapeText(index.shape)}. See gather.`,
      )
    }
    return scope(() => {
      const out = empty('indexSelect', x.shape.with(at, index.size), x.dtype)
      launch('index_select', 'iio', [x.contiguous(), index.contiguous(), out], (p) => p.u32(at))
      return out
    })
  },
)
