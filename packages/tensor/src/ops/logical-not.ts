import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Whether every element is 0, as bool. */
export const logicalNot = defineOp(
  { name: 'logical_not', gradient: 'none' },
  (x: Tensor): Tensor => binary('eq', x, 0),
)
