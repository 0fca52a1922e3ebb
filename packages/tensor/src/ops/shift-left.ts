import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** a << b of integers, elementwise with broadcasting; shifts of the width or more, or below 0, give 0. */
export const shiftLeft = defineOp(
  { name: 'shift_left', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('shiftLeft', a, b),
)
