import { defineOp } from '../define-op.ts'
import { isFloat } from '../dtype.ts'
import { binary, unary } from '../elementwise.ts'
import { DTypeError } from '../errors.ts'
import { reduce, reducedAxes, type ReduceOptions } from '../reduction.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Variance over the axes (all without `axis`) of a float tensor: the squared distances from the mean,
 * divided by their number less `correction` (1 unless said). 16-bit floats are rounded once.
 */
export const variance = defineOp(
  { name: 'variance', gradient: 'composite' },
  (x: Tensor, options: ReduceOptions & { correction?: number } = {}): Tensor => {
    if (!isFloat(x.dtype)) {
      throw new DTypeError(
        `variance: the tensor must be a float; got ${x.dtype}. Convert with .to('f32').`,
      )
    }
    const { correction = 1, axis, keepDims } = options
    const axes = reducedAxes('variance', x, axis)
    const count = axes.reduce((n, a) => n * x.shape[a]!, 1)
    return scope(() => {
      const wide = x.dtype === 'bf16' || x.dtype === 'f16' ? x.to('f32') : x
      const distance = binary('sub', wide, reduce('mean', wide, { axis: axes, keepDims: true }))
      const total = reduce('sum', unary('square', distance), { axis: axes, keepDims })
      return binary('div', total, Math.max(0, count - correction)).to(x.dtype)
    })
  },
)
