import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { where } from './where.ts'

/** x where it is above 0, else `slope` * x (0.01 unless said). */
export const leakyRelu = defineOp(
  { name: 'leaky_relu', gradient: 'composite' },
  (x: Tensor, options: { slope?: number } = {}): Tensor =>
    scope(() => where(binary('gt', x, 0), x, binary('mul', x, options.slope ?? 0.01))),
)
