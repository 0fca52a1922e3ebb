import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** x * sigmoid(x) of every element (swish); integers become f32. */
export const silu = defineOp(
  { name: 'silu', gradient: 'todo' },
  (x: Tensor): Tensor => unary('silu', x),
)
