import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** a >> b of integers (the sign is kept), elementwise with broadcasting; shifts of the width or more, or below 0, leave the sign. */
export const shiftRight = defineOp(
  { name: 'shift_right', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('shiftRight', a, b),
)
