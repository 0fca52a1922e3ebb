import { defineOp } from '../define-op.ts'
import { launch } from '../encoder.ts'
import { ShapeError } from '../errors.ts'
import { contiguousRows, releaseCopy, requireDType, storedFloats } from '../operands.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Appends keys `k` and values `v` [B, G, T, D] f32 in place behind the `past` (i32 [1]) tokens of a cache:
 * keys [B, G, S/16, D, 16] (transposed in blocks of sixteen tokens), values [B, G, S, D], both of one dtype
 * (f32, bf16 or f16). Rejects at the next read with ERR_CACHE_FULL when past + T exceeds S.
 */
export const kvAppend = defineOp(
  { name: 'kv_append', gradient: 'none' },
  (kCache: Tensor, vCache: Tensor, k: Tensor, v: Tensor, past: Tensor): void => {
    requireCache('kvAppend', kCache, vCache, past)
    requireDType('kvAppend', 'k', k, ['f32'])
    requireDType('kvAppend', 'v', v, ['f32'])
    const [batch, groups, , dim] = vCache.shape
    const same = k.rank === 4 && v.rank === 4 && k.shape.every((size, i) => size === v.shape[i])
    if (!same || k.shape[0] !== batch || k.shape[1] !== groups || k.shape[3] !== dim) {
      throw new ShapeError(
        `kvAppend: k and v must be [${batch}, ${groups}, T, ${dim}] for this cache; got ${shapeText(k.shape)} and ${shapeText(v.shape)}.`,
      )
    }
    const keys = contiguousRows(k)
    const values = contiguousRows(v)
    launch('kv_append', 'xxiii', [kCache, vCache, keys, values, past])
    releaseCopy(keys, k)
    releaseCopy(values, v)
  },
)

/** Checks the shapes and dtypes of a cache's tensors. */
export function requireCache(where: string, k: Tensor, v: Tensor, past: Tensor): void {
  requireDType(where, 'the key cache', k, storedFloats)
  requireDType(where, 'the value cache', v, [k.dtype])
  requireDType(where, 'past', past, ['i32'])
  const [batch, groups, capacity, dim] = v.shape
  const blocked = [batch!, groups!, capacity! / 16, dim!, 16]
  if (v.rank !== 4 || k.rank !== 5 || !k.shape.every((size, i) => size === blocked[i])) {
    throw new ShapeError(
      `${where}: the cache must be [B, G, S/16, D, 16] and [B, G, S, D] with S a multiple of 16; got ${shapeText(k.shape)} and ${shapeText(v.shape)}.`,
    )
  }
  if (!k.isContiguous || !v.isContiguous) {
    throw new ShapeError(
      `${where}: the cache must be contiguous; got a strided view. Append to the cache itself.`,
    )
  }
  if (past.size !== 1) {
    throw new ShapeError(`${where}: past must hold one number; got shape ${shapeText(past.shape)}.`)
  }
}
