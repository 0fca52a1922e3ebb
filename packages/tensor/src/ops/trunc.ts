import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** The whole part of every element, toward zero. */
export const trunc = defineOp(
  { name: 'trunc', gradient: 'none' },
  (x: Tensor): Tensor => unary('trunc', x),
)
