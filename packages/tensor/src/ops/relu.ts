import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** The larger of 0 and x, elementwise; NaN stays. */
export const relu = defineOp(
  { name: 'relu', gradient: 'todo' },
  (x: Tensor): Tensor => unary('relu', x),
)
