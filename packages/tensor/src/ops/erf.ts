import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Error function of every element; integers become f32. */
export const erf = defineOp(
  { name: 'erf', gradient: 'todo' },
  (x: Tensor): Tensor => unary('erf', x),
)
