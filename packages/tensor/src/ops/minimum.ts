import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** The smaller of a and b, elementwise with broadcasting; NaN if either is NaN. */
export const minimum = defineOp(
  { name: 'minimum', gradient: 'todo' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('minimum', a, b),
)
