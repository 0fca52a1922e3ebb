import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { OptionError, ShapeError } from '../errors.ts'
import {
  contiguousOrCopy,
  contiguousRows,
  releaseCopy,
  requireDType,
  requireFinite,
} from '../operands.ts'
import { shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { requireCache } from './kv-append.ts'

/** What attention reads of a cache, the tokens of this step already appended. */
export interface KVView {
  /** Keys [B, G, S/16, D, 16]: blocks of sixteen tokens, transposed inside. */
  readonly k: Tensor
  /** Values [B, G, S, D], of the dtype of `k` (f32, bf16 or f16). */
  readonly v: Tensor
  /** i32 [1]: tokens stored before this step. */
  readonly past: Tensor
  /** i32 [B]: first real key of each row (left padding is before it); 0 by default. */
  readonly starts?: Tensor
  /** u8 or bool [B, at least past + T]: 0 hides a key. */
  readonly keyMask?: Tensor
}

/** Options of `attention`. */
export interface AttentionOptions {
  /** Factor of the scores, usually 1 / sqrt(D). */
  readonly scale: number
  /** The query at position i sees only the keys j > i - window. */
  readonly window?: number
  /** False lets every query see all keys (true by default: keys j <= i). */
  readonly causal?: boolean
}

/**
 * Attention of the queries `q` [B, H, T, D] f32, the last T tokens of the cache `kv`, with G key/value heads
 * for H = n * G query heads: [B, H, T, D] f32, a view of memory in the order [B, T, H, D]. A query that sees
 * no key gives zeros. The same bits for any chunking of a prompt, batch, left padding and number of threads.
 */
export const attention = defineOp(
  { name: 'attention', gradient: 'todo' },
  (q: Tensor, kv: KVView, options: AttentionOptions): Tensor => {
    const { scale, window, causal = true } = options
    requireDType('attention', 'q', q, ['f32'])
    requireCache('attention', kv.k, kv.v, kv.past)
    requireFinite('attention', 'scale', scale)
    if (window !== undefined && (!Number.isInteger(window) || window < 1 || window >= 2 ** 31)) {
      throw new OptionError(
        `attention: window must be a whole number of at least 1; got ${window}. Leave it out to see all keys.`,
      )
    }
    const [batch, heads, tokens, dim] = q.shape
    const [rows, groups, , width] = kv.v.shape
    if (q.rank !== 4 || batch !== rows || dim !== width || heads! % groups! !== 0) {
      throw new ShapeError(
        `attention: q must be [${rows}, a multiple of ${groups}, T, ${width}] for this cache; got ${shapeText(q.shape)}.`,
      )
    }
    requireRows(kv, batch!)
    const out = empty('attention', [batch!, tokens!, heads!, dim!], 'f32')
    const queries = contiguousRows(q)
    const starts = kv.starts && contiguousOrCopy(kv.starts)
    const mask = kv.keyMask && contiguousOrCopy(kv.keyMask)
    launch('attention', 'iiiiiio', [queries, kv.k, kv.v, kv.past, starts, mask, out], (p) =>
      p
        .f32(scale)
        .u32(window ?? 0)
        .bool(causal),
    )
    releaseCopy(queries, q)
    releaseCopy(starts, kv.starts)
    releaseCopy(mask, kv.keyMask)
    const result = out.transpose(1, 2)
    out.dispose()
    return result
  },
)

function requireRows(kv: KVView, batch: number): void {
  if (kv.starts) {
    requireDType('attention', 'starts', kv.starts, ['i32'])
    if (kv.starts.rank !== 1 || kv.starts.shape[0] !== batch) {
      throw new ShapeError(
        `attention: starts must be [${batch}]; got ${shapeText(kv.starts.shape)}.`,
      )
    }
  }
  if (kv.keyMask) {
    requireDType('attention', 'keyMask', kv.keyMask, ['u8', 'bool'])
    if (kv.keyMask.rank !== 2 || kv.keyMask.shape[0] !== batch) {
      throw new ShapeError(
        `attention: keyMask must be [${batch}, keys]; got ${shapeText(kv.keyMask.shape)}.`,
      )
    }
  }
}
