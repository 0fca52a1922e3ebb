import { defineOp } from '../define-op.ts'
import { binary } from '../elementwise.ts'
import { OptionError } from '../errors.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'

/** Every element limited to `min` and `max` (at least one is needed; max wins where they cross). NaN stays. */
export const clamp = defineOp(
  { name: 'clamp', gradient: 'composite' },
  (x: Tensor, options: { min?: number; max?: number }): Tensor => {
    const { min, max } = options
    if (min === undefined && max === undefined) {
      throw new OptionError('clamp: min or max must be given; got neither.')
    }
    return scope(() => {
      const low = min === undefined ? x : binary('maximum', x, min)
      return max === undefined ? low : binary('minimum', low, max)
    })
  },
)
