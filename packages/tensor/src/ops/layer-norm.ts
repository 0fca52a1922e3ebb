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
 * Shifts and scales each row (last axis) of `x` f32 to mean 0 and variance 1 (`eps` is added to the
 * variance), then multiplies by `weight` and adds `bias`, both [last dimension] and optional.
 */
export const layerNorm = defineOp(
  { name: 'layer_norm', gradient: 'todo' },
  (
    x: Tensor,
    weight: Tensor | undefined,
    bias: Tensor | undefined,
    options: { eps: number },
  ): Tensor => {
    requireDType('layerNorm', 'x', x, ['f32'])
    requireFinite('layerNorm', 'eps', options.eps)
    const width = x.shape[x.rank - 1]
    if (width === undefined)
      throw new ShapeError('layerNorm: x needs at least one dimension; got a scalar.')
    for (const [name, parameter] of [
      ['weight', weight],
      ['bias', bias],
    ] as const) {
      if (!parameter) continue
      requireDType('layerNorm', name, parameter, storedFloats)
      if (parameter.rank !== 1 || parameter.shape[0] !== width) {
        throw new ShapeError(
          `layerNorm: ${name} must be [${width}], the last dimension of x; got ${shapeText(parameter.shape)} for x ${shapeText(x.shape)}.`,
        )
      }
    }
    const out = empty('layerNorm', x.shape, 'f32')
    const rows = contiguousOrCopy(x)
    const scale = weight && contiguousOrCopy(weight)
    const shift = bias && contiguousOrCopy(bias)
    launch('layer_norm', 'iiio', [rows, scale, shift, out], (p) => p.f32(options.eps))
    releaseCopy(rows, x)
    releaseCopy(scale, weight)
    releaseCopy(shift, bias)
    return out
  },
)
