import { DTypeError, OptionError, ShapeError } from './errors.ts'
import { shapeText } from './shape.ts'
import type { Tensor } from './tensor.ts'

// Checks that the sampling ops share: they write logits in place.

/** Requires contiguous f32 logits [B, V]. */
export function checkLogits(where: string, logits: Tensor): void {
  if (logits.dtype !== 'f32') {
    throw new DTypeError(
      `${where}: logits must be f32; got ${logits.dtype}. Convert with .to('f32').`,
    )
  }
  if (logits.rank !== 2) {
    throw new ShapeError(
      `${where}: logits must be [batch, vocabulary]; got ${shapeText(logits.shape)}.`,
    )
  }
  requireDense(where, 'logits', logits)
}

/** Requires a contiguous tensor of that dtype and shape (-1: any size). */
export function checkTensor(
  where: string,
  name: string,
  x: Tensor,
  dtypes: readonly string[],
  shape: readonly number[],
): void {
  if (!dtypes.includes(x.dtype)) {
    throw new DTypeError(`${where}: ${name} must be ${dtypes.join(' or ')}; got ${x.dtype}.`)
  }
  if (x.rank !== shape.length || shape.some((dim, i) => dim >= 0 && dim !== x.shape[i])) {
    const want = shape.map((dim) => (dim < 0 ? 'any' : dim)).join(', ')
    throw new ShapeError(`${where}: ${name} must be [${want}]; got ${shapeText(x.shape)}.`)
  }
  requireDense(where, name, x)
}

function requireDense(where: string, name: string, x: Tensor): void {
  if (!x.isContiguous) {
    throw new ShapeError(
      `${where}: ${name} must be contiguous; got strides ${shapeText(x.strides)}. Use .contiguous().`,
    )
  }
}

/** Requires token ids that an i32 holds. */
export function checkIds(where: string, ids: readonly number[]): void {
  const bad = ids.find((id) => !Number.isInteger(id) || id < -(2 ** 31) || id >= 2 ** 31)
  if (bad !== undefined) {
    throw new OptionError(`${where}: token ids must be 32-bit integers; got ${bad}.`)
  }
}
