import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Whether a >= b, elementwise with broadcasting, as bool. */
export const ge = defineOp(
  { name: 'ge', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('ge', a, b),
)
