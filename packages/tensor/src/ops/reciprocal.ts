import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** 1 / x of every element; integers become f32. */
export const reciprocal = defineOp(
  { name: 'reciprocal', gradient: 'todo' },
  (x: Tensor): Tensor => unary('reciprocal', x),
)
