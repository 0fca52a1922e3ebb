import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Natural logarithm of every element: -infinity at 0, NaN below; integers become f32. */
export const log = defineOp(
  { name: 'log', gradient: 'todo' },
  (x: Tensor): Tensor => unary('log', x),
)
