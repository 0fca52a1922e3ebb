import { defineOp } from '../define-op.ts'
import { isFloat } from '../dtype.ts'
import { binary, unary } from '../elementwise.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'

/** Whether every element is neither infinite nor NaN, as bool; integers always are. */
export const isfinite = defineOp({ name: 'isfinite', gradient: 'none' }, (x: Tensor): Tensor => {
  if (!isFloat(x.dtype)) return binary('eq', x, x)
  return scope(() => binary('lt', unary('abs', x), Number.POSITIVE_INFINITY))
})
