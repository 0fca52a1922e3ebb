import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** 1 / (1 + e^-x) of every element; integers become f32. */
export const sigmoid = defineOp(
  { name: 'sigmoid', gradient: 'todo' },
  (x: Tensor): Tensor => unary('sigmoid', x),
)
