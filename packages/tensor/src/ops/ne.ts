import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Whether a differs from b, elementwise with broadcasting, as bool; NaN differs from everything. */
export const ne = defineOp(
  { name: 'ne', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('ne', a, b),
)
