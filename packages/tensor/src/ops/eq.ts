import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Whether a equals b, elementwise with broadcasting, as bool; NaN equals nothing. */
export const eq = defineOp(
  { name: 'eq', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('eq', a, b),
)
