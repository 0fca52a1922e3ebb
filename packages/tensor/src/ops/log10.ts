import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Base 10 logarithm of every element; integers become f32. */
export const log10 = defineOp(
  { name: 'log10', gradient: 'todo' },
  (x: Tensor): Tensor => unary('log10', x),
)
