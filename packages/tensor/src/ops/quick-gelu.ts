import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** x * sigmoid(1.702 x) of every element (CLIP); integers become f32. */
export const quickGelu = defineOp(
  { name: 'quick_gelu', gradient: 'todo' },
  (x: Tensor): Tensor => unary('quickGelu', x),
)
