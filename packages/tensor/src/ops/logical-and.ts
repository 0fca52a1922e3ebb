import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Whether a and b are both different from 0, elementwise with broadcasting, as bool. */
export const logicalAnd = defineOp(
  { name: 'logical_and', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('logicalAnd', a, b),
)
