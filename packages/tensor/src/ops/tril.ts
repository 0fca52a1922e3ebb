import { defineOp } from '../define-op.ts'
import { triangle } from '../triangle.ts'
import type { Tensor } from '../tensor.ts'

/** The elements on and below the diagonal of the last two dimensions, 0 elsewhere; `diagonal` moves it right. */
export const tril = defineOp(
  { name: 'tril', gradient: 'composite' },
  (x: Tensor, options: { diagonal?: number } = {}): Tensor =>
    triangle('tril', 'le', x, options.diagonal ?? 0),
)
