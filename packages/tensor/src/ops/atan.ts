import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Arc tangent of every element; integers become f32. */
export const atan = defineOp(
  { name: 'atan', gradient: 'todo' },
  (x: Tensor): Tensor => unary('atan', x),
)
