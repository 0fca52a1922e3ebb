import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** x * x of every element; integers wrap. */
export const square = defineOp(
  { name: 'square', gradient: 'todo' },
  (x: Tensor): Tensor => unary('square', x),
)
