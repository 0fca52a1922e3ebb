import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Arc cosine of every element in [-1, 1], else NaN; integers become f32. */
export const acos = defineOp(
  { name: 'acos', gradient: 'todo' },
  (x: Tensor): Tensor => unary('acos', x),
)
