import { defineOp } from '../define-op.ts'
import { binary, unary } from '../elementwise.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { where } from './where.ts'

/** x where it is above 0, else `alpha` (e^x - 1) (alpha is 1 unless said). */
export const elu = defineOp(
  { name: 'elu', gradient: 'composite' },
  (x: Tensor, options: { alpha?: number } = {}): Tensor =>
    scope(() => where(binary('gt', x, 0), x, binary('mul', unary('expm1', x), options.alpha ?? 1))),
)
