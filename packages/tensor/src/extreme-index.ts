import { computable } from './elementwise.ts'
import { empty } from './empty.ts'
import { launch } from './encoder.ts'
import { ShapeError } from './errors.ts'
import { reducedShape } from './reduction.ts'
import { scope } from './scope.ts'
import { normalizeAxis, shapeText } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** Axis and result of `argmax` and `argmin`. */
export interface ArgOptions {
  axis?: number
  keepDims?: boolean
  dtype?: 'i32' | 'i64'
}

/** Enqueues the `argmax` command. */
export function extremeIndex(
  where: string,
  x: Tensor,
  smallest: boolean,
  options: ArgOptions,
): Tensor {
  computable(where, x.dtype)
  const flat = options.axis === undefined || x.rank === 0
  const axis = flat
    ? normalizeAxis(where, options.axis ?? 0, 1)
    : normalizeAxis(where, options.axis!, x.rank, x.shape)
  const length = flat ? x.size : x.shape[axis]!
  if (length === 0) {
    throw new ShapeError(`${where}: the axis must not be empty; got shape ${shapeText(x.shape)}.`)
  }
  const axes = flat ? x.shape.map((_, i) => i) : [axis]
  return scope(() => {
    const dense = x.contiguous()
    const input = flat ? dense.reshape([length]) : dense
    const out = empty(where, reducedShape(x.shape, axes, options.keepDims), options.dtype ?? 'i32')
    launch('argmax', 'io', [input, out], (p) => p.u32(flat ? 0 : axis).bool(smallest))
    return out
  })
}
