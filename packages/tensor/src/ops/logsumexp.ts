import { defineOp } from '../define-op.ts'
import { isFloat } from '../dtype.ts'
import { binary, unary } from '../elementwise.ts'
import { empty } from '../empty.ts'
import { reduce, reducedAxes, type ReduceOptions, reducedShape } from '../reduction.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { isfinite } from './isfinite.ts'
import { where } from './where.ts'
import { launch } from '../encoder.ts'

/** log(sum(e^x)) over the axes (all without `axis`) without overflow; of nothing: -infinity. Integers become f32. */
export const logsumexp = defineOp(
  { name: 'logsumexp', gradient: 'composite' },
  (x: Tensor, options: ReduceOptions = {}): Tensor =>
    scope(() => {
      const axes = reducedAxes('logsumexp', x, options.axis)
      const shape = reducedShape(x.shape, axes, options.keepDims)
      const dtype = isFloat(x.dtype) ? x.dtype : 'f32'
      if (axes.some((axis) => x.shape[axis] === 0)) {
        const out = empty('logsumexp', shape, dtype)
        launch('fill', 'o', [out], (p) => p.f64(Number.NEGATIVE_INFINITY))
        return out
      }
      const wide = dtype === 'f64' ? x : x.to('f32')
      const top = reduce('max', wide, { axis: axes, keepDims: true })
      // An infinite or NaN maximum would give infinity - infinity: leave it out, the sum shows it.
      const shift = where(isfinite(top), top, 0)
      const sum = reduce('sum', unary('exp', binary('sub', wide, shift)), {
        axis: axes,
        keepDims: true,
      })
      return binary('add', unary('log', sum), shift).reshape(shape).to(dtype)
    }),
)
