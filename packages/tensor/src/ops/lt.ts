import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Whether a < b, elementwise with broadcasting, as bool. */
export const lt = defineOp(
  { name: 'lt', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('lt', a, b),
)
