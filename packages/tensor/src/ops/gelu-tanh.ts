import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** The tanh approximation of `gelu` (gelu_new, gelu_pytorch_tanh), elementwise; integers become f32. */
export const geluTanh = defineOp(
  { name: 'gelu_tanh', gradient: 'todo' },
  (x: Tensor): Tensor => unary('geluTanh', x),
)
