const block = 16

/** Attention over a cache that holds all keys; the queries are its last tokens. */
export function attention(h, { q, k, v, mask, sinks }, args) {
  const { causal = false, scale, softcap, window, alibi } = args
  const [batch, groups, keys, dim] = k.shape
  if (softcap !== undefined || alibi || sinks || v.shape[3] !== dim) return undefined
  // A mask of keys alone is the only one that the op takes.
  if (mask && (mask.dtype !== 'bool' || mask.shape[1] !== 1 || mask.shape[2] !== 1))
    return undefined
  const room = Math.ceil(keys / block) * block
  const cache = {
    k: h.zeros([batch, groups, room / block, dim, block]),
    v: h.zeros([batch, groups, room, dim]),
  }
  const count = (n) => h.tensor(Int32Array.of(n))
  h.kvAppend(cache.k, cache.v, k.to('f32'), v.to('f32'), count(0))
  const out = h.attention(
    q.to('f32'),
    {
      ...cache,
      past: count(keys - q.shape[2]),
      ...(mask ? { keyMask: mask.reshape([batch, keys]) } : {}),
    },
    { scale: scale ?? 1 / Math.sqrt(dim), window, causal },
  )
  return q.dtype === 'f32' ? out : out.to(q.dtype)
}
