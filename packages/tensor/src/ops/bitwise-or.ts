import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** a | b of integers or bool, elementwise with broadcasting. */
export const bitwiseOr = defineOp(
  { name: 'bitwise_or', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('bitwiseOr', a, b),
)
