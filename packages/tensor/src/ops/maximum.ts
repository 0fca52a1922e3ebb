import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** The larger of a and b, elementwise with broadcasting; NaN if either is NaN. */
export const maximum = defineOp(
  { name: 'maximum', gradient: 'todo' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('maximum', a, b),
)
