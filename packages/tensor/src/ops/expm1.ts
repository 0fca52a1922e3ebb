import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** e^x - 1 of every element, accurate near 0; integers become f32. */
export const expm1 = defineOp(
  { name: 'expm1', gradient: 'todo' },
  (x: Tensor): Tensor => unary('expm1', x),
)
