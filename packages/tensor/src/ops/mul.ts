import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** a * b, elementwise with broadcasting; integers wrap. */
export const mul = defineOp(
  { name: 'mul', gradient: 'todo' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('mul', a, b),
)
