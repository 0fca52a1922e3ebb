import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** log(1 + x) of every element, accurate near 0; integers become f32. */
export const log1p = defineOp(
  { name: 'log1p', gradient: 'todo' },
  (x: Tensor): Tensor => unary('log1p', x),
)
