import { cumulative } from '../cumulative.ts'
import { defineOp } from '../define-op.ts'
import type { Tensor } from '../tensor.ts'

/** Running sum along `axis`, same shape; integers and bool give i64 (wrapping), floats accumulate in f64. */
export const cumsum = defineOp(
  { name: 'cumsum', gradient: 'todo' },
  (x: Tensor, options: { axis: number }): Tensor => cumulative('cumsum', 0, x, options.axis),
)
