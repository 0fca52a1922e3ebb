import { alongAxis } from '../along-axis.ts'
import { defineOp } from '../define-op.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Logarithm of the softmax of `x` f32 along `axis` (the last one by default). As in torch, a row of
 * -Infinity, or one with NaN or +Infinity in it, gives NaN.
 */
export const logSoftmax = defineOp(
  { name: 'log_softmax', gradient: 'todo' },
  (x: Tensor, options: { axis?: number } = {}): Tensor =>
    alongAxis('logSoftmax', 'log_softmax', x, options.axis),
)
