import { defineOp } from '../define-op.ts'
import { ShapeError } from '../errors.ts'
import { scope } from '../scope.ts'
import { normalizeAxis, shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { concat } from './concat.ts'

/** The tensors, all of one shape, along a new dimension `axis`; dtypes are promoted. */
export const stack = defineOp(
  { name: 'stack', gradient: 'composite' },
  (tensors: readonly Tensor[], axis = 0): Tensor => {
    const [first] = tensors
    if (first === undefined) throw new ShapeError('stack: there must be a tensor; got none.')
    const at = normalizeAxis('stack', axis, first.rank + 1)
    const odd = tensors.find((x) => x.shape.join() !== first.shape.join())
    if (odd) {
      throw new ShapeError(
        `stack: shapes must be equal; got ${shapeText(first.shape)} and ${shapeText(odd.shape)}.`,
      )
    }
    return scope(() =>
      concat(
        tensors.map((x) => x.unsqueeze(at)),
        at,
      ),
    )
  },
)
