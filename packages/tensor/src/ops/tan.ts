import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Tangent of every element, in radians; integers become f32. */
export const tan = defineOp(
  { name: 'tan', gradient: 'todo' },
  (x: Tensor): Tensor => unary('tan', x),
)
