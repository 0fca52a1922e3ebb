import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Whether a <= b, elementwise with broadcasting, as bool. */
export const le = defineOp(
  { name: 'le', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('le', a, b),
)
