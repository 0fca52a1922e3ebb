import { defineOp } from '../define-op.ts'
import { unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** -x of every element; integers wrap. */
export const neg = defineOp(
  { name: 'neg', gradient: 'todo' },
  (x: Tensor): Tensor => unary('neg', x),
)
