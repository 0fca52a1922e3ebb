import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Square root of every element; NaN below 0; integers become f32. */
export const sqrt = defineOp(
  { name: 'sqrt', gradient: 'todo' },
  (x: Tensor): Tensor => unary('sqrt', x),
)
