import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Sine of every element, in radians; integers become f32. */
export const sin = defineOp(
  { name: 'sin', gradient: 'todo' },
  (x: Tensor): Tensor => unary('sin', x),
)
