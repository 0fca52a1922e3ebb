import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** 1 / sqrt(x) of every element; NaN below 0; integers become f32. */
export const rsqrt = defineOp(
  { name: 'rsqrt', gradient: 'todo' },
  (x: Tensor): Tensor => unary('rsqrt', x),
)
