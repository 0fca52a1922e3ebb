import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Hyperbolic tangent of every element; integers become f32. */
export const tanh = defineOp(
  { name: 'tanh', gradient: 'todo' },
  (x: Tensor): Tensor => unary('tanh', x),
)
