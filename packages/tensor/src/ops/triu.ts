import { defineOp } from '../define-op.ts'
import { triangle } from '../triangle.ts'
import type { Tensor } from '../tensor.ts'

/** The elements on and above the diagonal of the last two dimensions, 0 elsewhere; `diagonal` moves it right. */
export const triu = defineOp(
  { name: 'triu', gradient: 'composite' },
  (x: Tensor, options: { diagonal?: number } = {}): Tensor =>
    triangle('triu', 'ge', x, options.diagonal ?? 0),
)
