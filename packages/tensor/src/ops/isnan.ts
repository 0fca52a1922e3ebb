import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** Whether every element is NaN, as bool. */
export const isnan = defineOp(
  { name: 'isnan', gradient: 'none' },
  (x: Tensor): Tensor => binary('ne', x, x),
)
