import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** The angle of the point (b, a), elementwise with broadcasting; integers become f32. */
export const atan2 = defineOp(
  { name: 'atan2', gradient: 'todo' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('atan2', a, b),
)
