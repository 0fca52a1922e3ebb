import { alongAxis } from '../along-axis.ts'
import { defineOp } from '../define-op.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Rescales `x` f32 along `axis` (the last one by default) so that the entries are positive and sum to one.
 * As in torch, a row of -Infinity, or one with NaN or +Infinity in it, gives NaN.
 */
export const softmax = defineOp(
  { name: 'softmax', gradient: 'todo' },
  (x: Tensor, options: { axis?: number } = {}): Tensor =>
    alongAxis('softmax', 'softmax', x, options.axis),
)
