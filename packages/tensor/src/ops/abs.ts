import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Absolute value of every element; the smallest integer stays itself. */
export const abs = defineOp(
  { name: 'abs', gradient: 'todo' },
  (x: Tensor): Tensor => unary('abs', x),
)
