import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Largest whole number not above x, elementwise. */
export const floor = defineOp(
  { name: 'floor', gradient: 'none' },
  (x: Tensor): Tensor => unary('floor', x),
)
