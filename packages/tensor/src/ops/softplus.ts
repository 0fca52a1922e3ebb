import { defineOp } from '../define-op.ts'
import { binary, unary } from '../elementwise.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { where } from './where.ts'

/** log(1 + e^(beta x)) / beta of every element; x itself where beta x exceeds `threshold`. */
export const softplus = defineOp(
  { name: 'softplus', gradient: 'composite' },
  (x: Tensor, options: { beta?: number; threshold?: number } = {}): Tensor => {
    const { beta = 1, threshold = 20 } = options
    return scope(() => {
      // In f32: 16-bit inputs are rounded once, at the end.
      const wide = x.dtype === 'f64' ? x : x.to('f32')
      const scaled = binary('mul', wide, beta)
      const soft = binary('div', unary('log1p', unary('exp', scaled)), beta)
      const out = where(binary('gt', scaled, threshold), wide, soft)
      return x.dtype === 'bf16' || x.dtype === 'f16' ? out.to(x.dtype) : out
    })
  },
)
