import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Smallest whole number not below x, elementwise. */
export const ceil = defineOp(
  { name: 'ceil', gradient: 'none' },
  (x: Tensor): Tensor => unary('ceil', x),
)
