import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { ShapeError } from '../errors.ts'
import { contiguousOrCopy, contiguousRows, releaseCopy, requireDType } from '../operands.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Rotary position embedding of `x` [B, H, T, D] f32 by a `table` of `ropeTable` [2, B or 1, T, half]: rotates
 * the pairs (i, i + half) of the last axis; dimensions from 2 * half on pass through.
 */
export const rope = defineOp(
  { name: 'rope', gradient: 'todo' },
  (x: Tensor, table: Tensor): Tensor => {
    requireDType('rope', 'x', x, ['f32'])
    requireDType('rope', 'table', table, ['f32'])
    const [batch, , tokens, dim] = x.shape
    const [two, rows, length, half] = table.shape
    const fits =
      x.rank === 4 &&
      table.rank === 4 &&
      two === 2 &&
      (rows === batch || rows === 1) &&
      length === tokens &&
      2 * half! <= dim!
    if (!fits) {
      throw new ShapeError(
        `rope: x must be [B, H, T, D] and table [2, B or 1, T, half] with 2 * half <= D; got ${shapeText(x.shape)} and ${shapeText(table.shape)}.`,
      )
    }
    const out = empty('rope', x.shape, 'f32')
    const heads = contiguousRows(x)
    const angles = contiguousOrCopy(table)
    launch('rope', 'iio', [heads, angles, out])
    releaseCopy(heads, x)
    releaseCopy(angles, table)
    return out
  },
)
