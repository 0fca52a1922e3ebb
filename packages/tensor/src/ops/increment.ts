import { defineOp } from '../define-op.ts'
import { binaryCode, promoteNumber } from '../elementwise.ts'
import { launch } from '../encoder.ts'
import { DTypeError, ShapeError } from '../errors.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** Adds the number `by` to every element of `x` in place; `x` must be contiguous and keep its dtype. */
export const increment = defineOp(
  { name: 'increment', gradient: 'none' },
  (x: Tensor, by: number): void => {
    if (x.dtype === 'bool' || promoteNumber('increment', x.dtype, by) !== x.dtype) {
      throw new DTypeError(
        `increment: ${x.dtype} elements must hold the sum; got ${by}. Use add() for a result of another dtype.`,
      )
    }
    if (!x.isContiguous) {
      throw new ShapeError(
        `increment: x must be contiguous; got a strided view ${shapeText(x.shape)}. Use add().`,
      )
    }
    launch('binary', 'iix', [x, undefined, x], (p) => p.u32(binaryCode('add')).f64(by))
  },
)
