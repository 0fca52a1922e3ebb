import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** a + b, elementwise with broadcasting; integers wrap. */
export const add = defineOp(
  { name: 'add', gradient: 'todo' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('add', a, b),
)
