import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { DTypeError, ShapeError } from '../errors.ts'
import { scope } from '../scope.ts'
import { normalizeAxis, shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/**
 * out[i][j]... = x[i][index[i][j]...]... for `axis` 1, and so on: the shape of `index` (i32 or i64), which
 * has the rank of `x` and is nowhere larger but along `axis`. Indices below 0 or not below the size of the
 * axis fail with ERR_INDEX when the result is read.
 */
export const gather = defineOp(
  { name: 'gather', gradient: 'todo' },
  (x: Tensor, index: Tensor, axis: number): Tensor => {
    const at = normalizeAxis('gather', axis, x.rank, x.shape)
    if (index.dtype !== 'i32' && index.dtype !== 'i64') {
      throw new DTypeError(`gather: the index must be i32 or i64; got ${index.dtype}.`)
    }
    if (index.rank !== x.rank || index.shape.some((dim, i) => i !== at && dim > x.shape[i]!)) {
      throw new ShapeError(
        `gather: the index must have ${x.rank} dimensions, none but axis ${at} above those of ${shapeText(x.shape)}; got ${shapeText(index.shape)}.`,
      )
    }
    return scope(() => {
      let source = x
      index.shape.forEach((dim, i) => {
        if (i !== at && dim < x.shape[i]!) source = source.slice(i, 0, dim)
      })
      const out = empty('gather', index.shape, x.dtype)
      launch('gather', 'iio', [source.contiguous(), index.contiguous(), out], (p) => p.u32(at))
      return out
    })
  },
)
