import { defineOp } from '../define-op.ts'
import { isFloat } from '../dtype.ts'
import { DTypeError } from '../errors.ts'
import { reduce, type ReduceOptions } from '../reduction.ts'
import type { Tensor } from '../tensor.ts'

/** Mean over the axes (all without `axis`) of a float tensor; 16-bit floats are averaged in f32. */
export const mean = defineOp(
  { name: 'mean', gradient: 'todo' },
  (x: Tensor, options: ReduceOptions = {}): Tensor => {
    if (!isFloat(x.dtype)) {
      throw new DTypeError(
        `mean: the tensor must be a float; got ${x.dtype}. Convert with .to('f32').`,
      )
    }
    return reduce('mean', x, options)
  },
)
