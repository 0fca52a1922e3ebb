import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { ShapeError } from '../errors.ts'
import {
  contiguousOrCopy,
  releaseCopy,
  requireDType,
  requireFinite,
  storedFloats,
} from '../operands.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Divides each row (last axis) of `x` f32 by its root mean square, `sqrt(mean(x^2) + eps)`, and multiplies
 * it by `weight` [last dimension] (f32, bf16 or f16) when there is one.
 */
export const rmsNorm = defineOp(
  { name: 'rms_norm', gradient: 'todo' },
  (x: Tensor, weight: Tensor | undefined, options: { eps: number }): Tensor => {
    requireDType('rmsNorm', 'x', x, ['f32'])
    requireFinite('rmsNorm', 'eps', options.eps)
    const width = x.shape[x.rank - 1]
    if (width === undefined)
      throw new ShapeError('rmsNorm: x needs at least one dimension; got a scalar.')
    if (weight) {
      requireDType('rmsNorm', 'weight', weight, storedFloats)
      if (weight.rank !== 1 || weight.shape[0] !== width) {
        throw new ShapeError(
          `rmsNorm: weight must be [${width}], the last dimension of x; got ${shapeText(weight.shape)} for x ${shapeText(x.shape)}.`,
        )
      }
    }
    const out = empty('rmsNorm', x.shape, 'f32')
    const rows = contiguousOrCopy(x)
    const scale = weight && contiguousOrCopy(weight)
    launch('rms_norm', 'iio', [rows, scale, out], (p) => p.f32(options.eps))
    releaseCopy(rows, x)
    releaseCopy(scale, weight)
    return out
  },
)
