import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'

/** a / b rounded toward minus infinity, elementwise with broadcasting. An integer divisor of 0 fails with ERR_DIVISION_BY_ZERO. */
export const floorDivide = defineOp(
  { name: 'floor_divide', gradient: 'none' },
  (a: Tensor | number, b: Tensor | number): Tensor => binary('floorDivide', a, b),
)
