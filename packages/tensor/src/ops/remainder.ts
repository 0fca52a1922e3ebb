import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** What `floorDivide` leaves: has the sign of b, as in Python; broadcasting. An integer divisor of 0 fails with ERR_DIVISION_BY_ZERO. */
export const remainder = defineOp(
  { name: 'remainder', gradient: 'todo' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('remainder', a, b),
)
