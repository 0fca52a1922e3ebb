import { defineOp } from '../define-op.ts'
import { reduce, type ReduceOptions } from '../reduction.ts'
import type { Tensor } from '../tensor.ts'

/** Largest element over the axes (all without `axis`), NaN if there is one. Reduced axes must not be empty. */
export const max = defineOp(
  { name: 'max', gradient: 'todo' },
  (x: Tensor, options: ReduceOptions = {}): Tensor => reduce('max', x, options),
)
