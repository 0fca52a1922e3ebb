import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** a ^ b of integers or bool, elementwise with broadcasting. */
export const bitwiseXor = defineOp(
  { name: 'bitwise_xor', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('bitwiseXor', a, b),
)
