import { defineOp } from '../define-op.ts'
import { reduce, type ReduceOptions } from '../reduction.ts'
import type { Tensor } from '../tensor.ts'

/** Smallest element over the axes (all without `axis`), NaN if there is one. Reduced axes must not be empty. */
export const min = defineOp(
  { name: 'min', gradient: 'todo' },
  (x: Tensor, options: ReduceOptions = {}): Tensor => reduce('min', x, options),
)
