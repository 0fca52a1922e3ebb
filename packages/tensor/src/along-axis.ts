import { empty } from './empty.ts'
import { launch } from './encoder.ts'
import { requireDType } from './operands.ts'
import { normalizeAxis } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** Runs a command that works on rows of f32 along `axis` (the last by default): another axis is swapped to the end and back. */
export function alongAxis(
  where: string,
  command: 'softmax' | 'log_softmax',
  x: Tensor,
  axis = -1,
): Tensor {
  requireDType(where, 'x', x, ['f32'])
  if (x.rank === 0) {
    // As in torch, a scalar has the axes of one element.
    const row = x.unsqueeze(0)
    const result = alongAxis(where, command, row, axis)
    const out = result.squeeze(0)
    row.dispose()
    result.dispose()
    return out
  }
  const at = normalizeAxis(where, axis, x.rank, x.shape)
  const swapped = x.transpose(at, -1)
  const rows = swapped.contiguous()
  const out = empty(where, rows.shape, 'f32')
  launch(command, 'io', [rows, out])
  swapped.dispose()
  rows.dispose()
  if (at === x.rank - 1) return out
  const result = out.transpose(at, -1)
  out.dispose()
  return result
}
