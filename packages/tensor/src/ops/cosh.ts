import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Hyperbolic cosine of every element; integers become f32. */
export const cosh = defineOp(
  { name: 'cosh', gradient: 'todo' },
  (x: Tensor): Tensor => unary('cosh', x),
)
