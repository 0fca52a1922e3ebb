import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import { ShapeError } from '../errors.ts'
import { scope } from '../scope.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** a[i] * b[j] of two vectors [N] and [M]: [N, M]. */
export const outer = defineOp(
  { name: 'outer', gradient: 'composite' },
  (a: Tensor, b: Tensor): Tensor => {
    if (a.rank !== 1 || b.rank !== 1) {
      throw new ShapeError(
        `outer: both must be vectors; got ${shapeText(a.shape)} and ${shapeText(b.shape)}.`,
      )
    }
    return scope(() => binary('mul', a.unsqueeze(1), b))
  },
)
