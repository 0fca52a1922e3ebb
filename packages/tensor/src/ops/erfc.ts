import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** 1 - erf(x) of every element, accurate for large x; integers become f32. */
export const erfc = defineOp(
  { name: 'erfc', gradient: 'todo' },
  (x: Tensor): Tensor => unary('erfc', x),
)
