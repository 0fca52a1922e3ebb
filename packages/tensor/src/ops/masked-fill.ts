import { defineOp } from '../define-op.ts'
import { broadcastShapes, shapeText } from '../shape.ts'
import { ShapeError } from '../errors.ts'
import type { Tensor } from '../tensor.ts'
import { where } from './where.ts'

/** `x` with `value` where `mask` (bool or u8) is not 0; the mask broadcasts to the shape of `x`. */
export const maskedFill = defineOp(
  { name: 'masked_fill', gradient: 'composite' },
  (x: Tensor, mask: Tensor, value: number): Tensor => {
    const shape = broadcastShapes('maskedFill', x.shape, mask.shape)
    if (shape.some((dim, i) => dim !== x.shape[i]) || shape.length !== x.rank) {
      throw new ShapeError(
        `maskedFill: the mask must broadcast to the tensor's shape ${shapeText(x.shape)}; got ${shapeText(mask.shape)}.`,
      )
    }
    return where(mask, value, x)
  },
)
