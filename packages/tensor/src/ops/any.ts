import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import { reduce, type ReduceOptions } from '../reduction.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'

/** Whether any element over the axes (all without `axis`) differs from 0, as bool; of none: false. */
export const any = defineOp(
  { name: 'any', gradient: 'none' },
  (x: Tensor, options: ReduceOptions = {}): Tensor =>
    scope(() => reduce('any', x.dtype === 'bool' ? x : binary('ne', x, 0), options)),
)
