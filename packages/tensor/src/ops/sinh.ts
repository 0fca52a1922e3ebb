import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Hyperbolic sine of every element; integers become f32. */
export const sinh = defineOp(
  { name: 'sinh', gradient: 'todo' },
  (x: Tensor): Tensor => unary('sinh', x),
)
