import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Whether just one of a and b is different from 0, elementwise with broadcasting, as bool. */
export const logicalXor = defineOp(
  { name: 'logical_xor', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('logicalXor', a, b),
)
