import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { requireDType } from '../operands.ts'
import { normalizeAxis } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Logarithm of the softmax of `x` f32 along `axis` (the last one by default). As in torch, a row of
 * -Infinity, or one with NaN or +Infinity in it, gives NaN.
 */
export const logSoftmax = defineOp(
  { name: 'log_softmax', gradient: 'todo' },
  (x: Tensor, options: { axis?: number } = {}): Tensor => {
    requireDType('logSoftmax', 'x', x, ['f32'])
    const axis = normalizeAxis('logSoftmax', options.axis ?? -1, x.rank, x.shape)
    // The kernel works on rows: another axis is swapped to the end and back.
    const swapped = x.transpose(axis, -1)
    const rows = swapped.contiguous()
    const out = empty('logSoftmax', rows.shape, 'f32')
    launch('log_softmax', 'io', [rows, out])
    swapped.dispose()
    rows.dispose()
    if (axis === x.rank - 1) return out
    const result = out.transpose(axis, -1)
    out.dispose()
    return result
  },
)
