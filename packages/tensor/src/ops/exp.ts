import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** e^x of every element; integers become f32. */
export const exp = defineOp(
  { name: 'exp', gradient: 'todo' },
  (x: Tensor): Tensor => unary('exp', x),
)
