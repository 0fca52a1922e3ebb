import { defineOp } from '../define-op.ts'
import { reduce, type ReduceOptions } from '../reduction.ts'
import type { Tensor } from '../tensor.ts'

/** Product over the axes (all without `axis`); integers and bool give i64, 16-bit floats multiply in f32. */
export const prod = defineOp(
  { name: 'prod', gradient: 'todo' },
  (x: Tensor, options: ReduceOptions = {}): Tensor => reduce('prod', x, options),
)
