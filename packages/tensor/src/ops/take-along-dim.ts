import { defineOp } from '../define-op.ts'
import { ShapeError } from '../errors.ts'
import { scope } from '../scope.ts'
import { broadcastShapes, normalizeAxis, shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { gather } from './gather.ts'

/** `gather` whose `x` and `index` broadcast in all dimensions but `axis`. */
export const takeAlongDim = defineOp(
  { name: 'take_along_dim', gradient: 'composite' },
  (x: Tensor, index: Tensor, axis: number): Tensor => {
    const at = normalizeAxis('takeAlongDim', axis, x.rank, x.shape)
    if (index.rank !== x.rank) {
      throw new ShapeError(
        `takeAlongDim: the index must have ${x.rank} dimensions; got ${shapeText(index.shape)}.`,
      )
    }
    const shape = broadcastShapes('takeAlongDim', x.shape.with(at, 1), index.shape.with(at, 1))
    return scope(() =>
      gather(
        x.expand(shape.with(at, x.shape[at]!)),
        index.expand(shape.with(at, index.shape[at]!)),
        at,
      ),
    )
  },
)
