import { ShapeError, type Tensor } from '@heddle/tensor'
import { forwardAll } from './linear.ts'

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

/** Query, key and value [B, heads, T, headDim] of `x` [B, T, width], computed as one job. */
export function projectHeads(
  x: Tensor,
  layers: readonly [query: Projection, key: Projection, value: Projection],
  headDim: number,
): [query: Tensor, key: Tensor, value: Tensor] {
  const [query, key, value] = forwardAll(x, layers) as [Tensor, Tensor, Tensor]
  return [splitHeads(query, headDim), splitHeads(key, headDim), splitHeads(value, headDim)]
}

interface Projection {
  forward(x: Tensor): Tensor
}
