import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Arc sine of every element in [-1, 1], else NaN; integers become f32. */
export const asin = defineOp(
  { name: 'asin', gradient: 'todo' },
  (x: Tensor): Tensor => unary('asin', x),
)
