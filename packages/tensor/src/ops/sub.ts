import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** a - b, elementwise with broadcasting; integers wrap. */
export const sub = defineOp(
  { name: 'sub', gradient: 'todo' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('sub', a, b),
)
