import { defineOp } from '../define-op.ts'
import { ShapeError } from '../errors.ts'
import { normalizeAxis, shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** Views of `x` along `axis`: parts of one size (the last may be shorter), or of the sizes listed. */
export const split = defineOp(
  { name: 'split', gradient: 'composite' },
  (x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] => {
    const at = normalizeAxis('split', axis, x.rank, x.shape)
    const length = x.shape[at]!
    const list = typeof sizes === 'number' ? equalSizes(sizes, length) : sizes
    const total = list.reduce((n, size) => n + size, 0)
    if (list.some((size) => !Number.isInteger(size) || size < 0) || total !== length) {
      throw new ShapeError(
        `split: sizes must be whole and add up to ${length}; got ${shapeText(list)}.`,
      )
    }
    let start = 0
    return list.map((size) => x.slice(at, start, (start += size)))
  },
)

function equalSizes(size: number, length: number): number[] {
  if (!Number.isInteger(size) || size < 1) {
    throw new ShapeError(`split: the size of a part must be an integer >= 1; got ${size}.`)
  }
  const parts = Math.max(1, Math.ceil(length / size))
  return Array.from({ length: parts }, (_, i) => Math.min(size, length - i * size))
}
