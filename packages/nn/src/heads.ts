import { ShapeError, type Tensor } from '@heddle/tensor'

/** View of a projection [B, T, H * D] as heads [B, H, T, D]. */
export function splitHeads(x: Tensor, headDim: number): Tensor {
  const [batch, tokens, width] = x.shape
  if (x.rank !== 3 || width! % headDim !== 0) {
    throw new ShapeError(
      `splitHeads: x must have shape [B, T, H * ${headDim}]; got [${x.shape.join(', ')}].`,
    )
  }
  return x.reshape([batch!, tokens!, width! / headDim, headDim]).transpose(1, 2)
}

/** Heads [B, H, T, D] side by side again: [B, T, H * D]; a view of what `attention` returns. */
export function mergeHeads(x: Tensor): Tensor {
  if (x.rank !== 4) {
    throw new ShapeError(`mergeHeads: x must have shape [B, H, T, D]; got [${x.shape.join(', ')}].`)
  }
  const [batch, heads, tokens, headDim] = x.shape
  return x.transpose(1, 2).reshape([batch!, tokens!, heads! * headDim!])
}
