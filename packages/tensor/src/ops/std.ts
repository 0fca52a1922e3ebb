import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { ReduceOptions } from '../reduction.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { variance } from './variance.ts'

/** Standard deviation over the axes (all without `axis`): the square root of `variance`, same options. */
export const std = defineOp(
  { name: 'std', gradient: 'composite' },
  (x: Tensor, options: ReduceOptions & { correction?: number } = {}): Tensor =>
    scope(() => {
      const narrow = x.dtype === 'bf16' || x.dtype === 'f16'
      return unary('sqrt', variance(narrow ? x.to('f32') : x, options)).to(x.dtype)
    }),
)
