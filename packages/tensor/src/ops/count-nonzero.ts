import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import { reduce, type ReduceOptions } from '../reduction.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'

/** Number of elements over the axes (all without `axis`) that differ from 0, as i64. */
export const countNonzero = defineOp(
  { name: 'count_nonzero', gradient: 'none' },
  (x: Tensor, options: ReduceOptions = {}): Tensor =>
    scope(() => reduce('sum', binary('ne', x, 0), options)),
)
