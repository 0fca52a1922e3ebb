import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** The remainder with the sign of a, as in C; broadcasting. An integer divisor of 0 fails with ERR_DIVISION_BY_ZERO. */
export const fmod = defineOp(
  { name: 'fmod', gradient: 'todo' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('fmod', a, b),
)
