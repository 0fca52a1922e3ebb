import { cumulative } from '../cumulative.ts'
import { defineOp } from '../define-op.ts'
import type { Tensor } from '../tensor.ts'

/** Running product along `axis`, same shape; integers and bool give i64 (wrapping), floats accumulate in f64. */
export const cumprod = defineOp(
  { name: 'cumprod', gradient: 'todo' },
  (x: Tensor, options: { axis: number }): Tensor => cumulative('cumprod', 1, x, options.axis),
)
