import { defineOp } from '../define-op.ts'
import { reduce, type ReduceOptions } from '../reduction.ts'
import type { Tensor } from '../tensor.ts'

/** Sum over the axes (all without `axis`); integers and bool give i64, 16-bit floats are summed in f32. */
export const sum = defineOp(
  { name: 'sum', gradient: 'todo' },
  (x: Tensor, options: ReduceOptions = {}): Tensor => reduce('sum', x, options),
)
