import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Cosine of every element, in radians; integers become f32. */
export const cos = defineOp(
  { name: 'cos', gradient: 'todo' },
  (x: Tensor): Tensor => unary('cos', x),
)
