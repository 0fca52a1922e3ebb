/** Tokens per forward pass: logits of a whole long prompt would not fit. */
const chunk = 256

/**
 * Runs `ids` through `model` (and `half`, another dtype of it) in chunks with a cache. Resolves to the loss of
 * each token after the first, the logits at position `keepAt`, and sums over positions of KL(model || half) and
 * of equal best tokens.
 */
export async function teacherForced(heddle, model, half, ids, { keepAt }) {
  const out = { losses: [], halfLosses: [], kl: 0, sameTop1: 0, kept: undefined }
  const caches = [model, half].map(
    (m) => m && new heddle.DynamicCache(m.config, { dtype: m.dtype }),
  )
  try {
    for (let start = 0; start < ids.length; start += chunk) {
      const part = ids.slice(start, start + chunk)
      const full = await logitsOf(heddle, model, caches[0], part)
      const other = half && (await logitsOf(heddle, half, caches[1], part))
      const width = full.length / part.length
      for (let i = 0; i < part.length; i++) {
        const row = full.subarray(i * width, (i + 1) * width)
        const a = logSumExp(row)
        const next = ids[start + i + 1]
        if (start + i === keepAt) out.kept = Float32Array.from(row)
        if (next !== undefined) out.losses.push(a.value - row[next])
        if (!other) continue
        const halfRow = other.subarray(i * width, (i + 1) * width)
        const b = logSumExp(halfRow)
        if (next !== undefined) out.halfLosses.push(b.value - halfRow[next])
        if (a.top === b.top) out.sameTop1++
        out.kl += divergence(row, a.value, halfRow, b.value)
      }
    }
  } finally {
    for (const cache of caches) cache?.dispose()
  }
  return out
}

async function logitsOf(heddle, model, cache, ids) {
  const inputIds = heddle.tensor(Int32Array.from(ids), { shape: [1, ids.length] })
  const { logits } = model.forward({ inputIds, cache })
  try {
    return await logits.data()
  } finally {
    inputIds.dispose()
    logits.dispose()
  }
}

function logSumExp(row) {
  let max = -Infinity
  let top = -1
  for (let i = 0; i < row.length; i++) {
    if (row[i] > max) {
      max = row[i]
      top = i
    }
  }
  let sum = 0
  for (let i = 0; i < row.length; i++) sum += Math.exp(row[i] - max)
  return { value: max + Math.log(sum), top }
}

function divergence(p, pNorm, q, qNorm) {
  let sum = 0
  for (let i = 0; i < p.length; i++) {
    const a = p[i] - pNorm
    if (a > -40) sum += Math.exp(a) * (a - (q[i] - qNorm))
  }
  return sum
}
