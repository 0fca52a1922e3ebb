import { defineOp } from '../define-op.ts'
import { isFloat } from '../dtype.ts'
import { binary, unary } from '../elementwise.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'

/** Whether every element is infinite, as bool; integers never are. */
export const isinf = defineOp({ name: 'isinf', gradient: 'none' }, (x: Tensor): Tensor => {
  if (!isFloat(x.dtype)) return binary('ne', x, x)
  return scope(() => binary('eq', unary('abs', x), Number.POSITIVE_INFINITY))
})
