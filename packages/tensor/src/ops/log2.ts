import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Base 2 logarithm of every element; integers become f32. */
export const log2 = defineOp(
  { name: 'log2', gradient: 'todo' },
  (x: Tensor): Tensor => unary('log2', x),
)
