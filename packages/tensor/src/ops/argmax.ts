import { type ArgOptions, extremeIndex } from '../extreme-index.ts'
import { defineOp } from '../define-op.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Index of the largest element along `axis` (of the flattened tensor without), i32 unless said: the first of
 * ties; a NaN beats every number. The axis must not be empty.
 */
export const argmax = defineOp(
  { name: 'argmax', gradient: 'none' },
  (x: Tensor, options: ArgOptions = {}): Tensor => extremeIndex('argmax', x, false, options),
)
