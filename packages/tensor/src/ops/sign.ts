import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** -1, 0 or 1 by the sign of every element; NaN gives 0, as in torch. */
export const sign = defineOp(
  { name: 'sign', gradient: 'none' },
  (x: Tensor): Tensor => unary('sign', x),
)
