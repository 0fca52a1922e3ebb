import { defineOp } from '../define-op.ts'
import { binary, unary } from '../elementwise.ts'
import { OptionError } from '../errors.ts'
import { reduce, type ReduceOptions } from '../reduction.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'

/**
 * The p-norm over the axes (all without `axis`): (sum |x|^p)^(1/p), 2 unless said. p = 0 counts what
 * differs from 0, infinity and -infinity take the largest and smallest size. Integers become f32.
 */
export const norm = defineOp(
  { name: 'norm', gradient: 'composite' },
  (x: Tensor, options: ReduceOptions & { p?: number } = {}): Tensor => {
    const { p = 2, ...axes } = options
    if (Number.isNaN(p)) throw new OptionError('norm: p must be a number; got NaN.')
    return scope(() => {
      const narrow = x.dtype !== 'f64' && x.dtype !== 'f32'
      const size = unary('abs', narrow ? x.to('f32') : x)
      const back = (out: Tensor) =>
        x.dtype === 'bf16' || x.dtype === 'f16' ? out.to(x.dtype) : out
      if (p === Number.POSITIVE_INFINITY) return back(reduce('max', size, axes))
      if (p === Number.NEGATIVE_INFINITY) return back(reduce('min', size, axes))
      if (p === 0) return back(reduce('sum', binary('ne', size, 0).to(size.dtype), axes))
      if (p === 1) return back(reduce('sum', size, axes))
      if (p === 2) return back(unary('sqrt', reduce('sum', unary('square', size), axes)))
      return back(binary('pow', reduce('sum', binary('pow', size, p), axes), 1 / p))
    })
  },
)
