import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** x * Phi(x) with the error function, elementwise; integers become f32. See `geluTanh` for the approximation. */
export const gelu = defineOp(
  { name: 'gelu', gradient: 'todo' },
  (x: Tensor): Tensor => unary('gelu', x),
)
