import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { ShapeError } from '../errors.ts'
import { contiguousOrCopy, releaseCopy, requireDType, requireFinite } from '../operands.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Cosines and sines for `rope`: `positions` [B, T] i32 or i64 and `invFreq` [half] f32 give [2, B, T, half]
 * f32, the cosine and the sine of `position * invFreq` (rounded to f32), times `scaling` (1 by default).
 */
export const ropeTable = defineOp(
  { name: 'rope_table', gradient: 'none' },
  (positions: Tensor, invFreq: Tensor, options: { scaling?: number } = {}): Tensor => {
    requireDType('ropeTable', 'positions', positions, ['i32', 'i64'])
    requireDType('ropeTable', 'invFreq', invFreq, ['f32'])
    const scaling = options.scaling ?? 1
    requireFinite('ropeTable', 'scaling', scaling)
    if (positions.rank !== 2 || invFreq.rank !== 1) {
      throw new ShapeError(
        `ropeTable: positions must be [B, T] and invFreq [half]; got ${shapeText(positions.shape)} and ${shapeText(invFreq.shape)}.`,
      )
    }
    const out = empty('ropeTable', [2, ...positions.shape, invFreq.shape[0]!], 'f32')
    const rows = contiguousOrCopy(positions)
    const frequencies = contiguousOrCopy(invFreq)
    launch('rope_table', 'iio', [rows, frequencies, out], (p) => p.f32(scaling))
    releaseCopy(rows, positions)
    releaseCopy(frequencies, invFreq)
    return out
  },
)
