import { defineOp } from '../define-op.ts'
import { ShapeError } from '../errors.ts'
import { normalizeAxis } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { split } from './split.ts'

/** At most `chunks` views of `x` along `axis`, equally long but for the last (as torch: maybe fewer). */
export const chunk = defineOp(
  { name: 'chunk', gradient: 'composite' },
  (x: Tensor, chunks: number, axis = 0): Tensor[] => {
    if (!Number.isInteger(chunks) || chunks < 1) {
      throw new ShapeError(`chunk: the number of chunks must be an integer >= 1; got ${chunks}.`)
    }
    const length = x.shape[normalizeAxis('chunk', axis, x.rank, x.shape)]!
    if (length === 0) return split(x, new Array<number>(chunks).fill(0), axis)
    return split(x, Math.ceil(length / chunks), axis)
  },
)
