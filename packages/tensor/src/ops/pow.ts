import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** a to the power of b, elementwise with broadcasting; integers wrap, their negative powers truncate to 0. */
export const pow = defineOp(
  { name: 'pow', gradient: 'todo' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('pow', a, b),
)
