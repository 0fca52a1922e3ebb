import { defineOp } from '../define-op.ts'
import { launch } from '../encoder.ts'
import { computable } from '../elementwise.ts'
import { ShapeError } from '../errors.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** Writes the values of `x` into `target` in place, converted to its dtype as `copy` does; shapes must be equal. */
export const assign = defineOp(
  { name: 'assign', gradient: 'none' },
  (target: Tensor, x: Tensor): void => {
    const same = target.rank === x.rank && target.shape.every((dim, i) => dim === x.shape[i])
    if (!same) {
      throw new ShapeError(
        `assign: x must have the target's shape ${shapeText(target.shape)}; got ${shapeText(x.shape)}. Use expand() or reshape() first.`,
      )
    }
    if (target.dtype !== x.dtype) {
      computable('assign', target.dtype)
      computable('assign', x.dtype)
    }
    launch('copy', 'ix', [x, target])
  },
)
