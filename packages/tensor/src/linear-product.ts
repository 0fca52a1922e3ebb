import { ShapeError } from './errors.ts'
import { requireDType, storedFloats } from './operands.ts'
import { shapeText } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** Checks the operands of one product of `linear`; returns the features [out, in]. */
export function checkProduct(
  where: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  layout: 'nk' | 'kn',
): [number, number] {
  requireDType(where, 'x', x, ['f32'])
  requireDType(where, 'weight', weight, storedFloats)
  const k = x.shape[x.rank - 1]
  const [n, width] = layout === 'nk' ? weight.shape : [weight.shape[1], weight.shape[0]]
  if (weight.rank !== 2 || k === undefined || k !== width) {
    const want = layout === 'nk' ? `[N, ${k ?? 'K'}]` : `[${k ?? 'K'}, N]`
    throw new ShapeError(
      `${where}: weight must be ${want} for x ${shapeText(x.shape)}; got ${shapeText(weight.shape)} (layout '${layout}').`,
    )
  }
  if (bias) {
    requireDType(where, 'bias', bias, storedFloats)
    if (bias.rank !== 1 || bias.shape[0] !== n) {
      throw new ShapeError(`${where}: bias must be [${n}]; got ${shapeText(bias.shape)}.`)
    }
  }
  return [n!, k]
}
