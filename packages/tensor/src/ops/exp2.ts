import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** 2^x of every element; integers become f32. */
export const exp2 = defineOp(
  { name: 'exp2', gradient: 'todo' },
  (x: Tensor): Tensor => unary('exp2', x),
)
