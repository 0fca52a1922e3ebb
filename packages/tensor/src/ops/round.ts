import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Nearest whole number, elementwise; halves go to the even neighbour, as in torch. */
export const round = defineOp(
  { name: 'round', gradient: 'none' },
  (x: Tensor): Tensor => unary('round', x),
)
