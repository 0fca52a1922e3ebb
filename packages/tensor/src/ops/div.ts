import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** a / b, elementwise with broadcasting; integers become f32 (see `floorDivide`). */
export const div = defineOp(
  { name: 'div', gradient: 'todo' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('div', a, b),
)
