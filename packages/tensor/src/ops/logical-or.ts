import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Whether a or b is different from 0, elementwise with broadcasting, as bool. */
export const logicalOr = defineOp(
  { name: 'logical_or', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('logicalOr', a, b),
)
