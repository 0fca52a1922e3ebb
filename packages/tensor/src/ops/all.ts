import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import { reduce, type ReduceOptions } from '../reduction.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'

/** Whether all elements over the axes (all without `axis`) differ from 0, as bool; of none: true. */
export const all = defineOp(
  { name: 'all', gradient: 'none' },
  (x: Tensor, options: ReduceOptions = {}): Tensor =>
    scope(() => reduce('all', x.dtype === 'bool' ? x : binary('ne', x, 0), options)),
)
