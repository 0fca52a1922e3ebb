/** Tokens per forward pass: logits of a whole long prompt would not fit. */
const chunk = 128

/**
 * Runs `ids` through `model` (and `half`, another dtype of it) in chunks with a cache. Resolves to the loss of
 * each token after the first, the logits at position `keepAt`, and sums over positions of KL(model || half) and
 * of equal best tokens. While one chunk is scored here, the device computes the next: at most two chunks of
 * logits of each model are in memory.
 */
export async function teacherForced(heddle, model, half, ids, { keepAt }) {
  const out = { losses: [], halfLosses: [], kl: 0, sameTop1: 0, kept: undefined }
  const models = half ? [model, half] : [model]
  const caches = models.map((m) => new heddle.DynamicCache(m.config, { dtype: m.dtype }))
  let ahead
  try {
    const start = (from) => {
      const part = ids.slice(from, from + chunk)
      return Promise.all(models.map((m, k) => logitsOf(heddle, m, caches[k], part)))
    }
    ahead = start(0)
    for (let from = 0; from < ids.length; from += chunk) {
      const [full, other] = await ahead
      ahead = from + chunk < ids.length ? start(from + chunk) : undefined
      score(out, { full, other, from, ids, keepAt })
    }
  } finally {
    await ahead?.catch(() => {})
    for (const cache of caches) cache.dispose()
  }
  return out
}

async function logitsOf(heddle, model, cache, ids) {
  const inputIds = heddle.tensor(Int32Array.from(ids), { shape: [1, ids.length] })
  const { logits } = model.forward({ inputIds, cache })
  inputIds.dispose()
  const data = logits.data()
  logits.dispose() // Released behind the read.
  return data
}

function score(out, { full, other, from, ids, keepAt }) {
  const tokens = Math.min(chunk, ids.length - from)
  const width = full.length / tokens
  for (let i = 0; i < tokens; i++) {
    const next = ids[from + i + 1]
    const row = full.subarray(i * width, (i + 1) * width)
    if (from + i === keepAt) out.kept = row.slice()
    if (!other) {
      if (next !== undefined) out.losses.push(logSumExp(row) - row[next])
      continue
    }
    const halfRow = other.subarray(i * width, (i + 1) * width)
    const pair = comparePair(row, halfRow)
    if (next !== undefined) {
      out.losses.push(pair.logSum - row[next])
      out.halfLosses.push(pair.halfLogSum - halfRow[next])
    }
    out.kl += pair.kl
    if (pair.sameTop1) out.sameTop1++
  }
}

function best(row) {
  let top = 0
  for (let i = 1; i < row.length; i++) if (!(row[i] <= row[top])) top = i
  return top
}

function logSumExp(row) {
  const max = row[best(row)]
  let sum = 0
  for (let i = 0; i < row.length; i++) sum += Math.exp(row[i] - max)
  return max + Math.log(sum)
}

/** log-sums of both rows and KL(p || q) = sum(p (x - y)) - (logSum - halfLogSum), all in one pass. */
function comparePair(x, y) {
  const [top, halfTop] = [best(x), best(y)]
  const [max, halfMax] = [x[top], y[halfTop]]
  let sum = 0
  let halfSum = 0
  let weighted = 0
  for (let i = 0; i < x.length; i++) {
    const weight = Math.exp(x[i] - max)
    sum += weight
    weighted += weight * (x[i] - y[i])
    halfSum += Math.exp(y[i] - halfMax)
  }
  const logSum = max + Math.log(sum)
  const halfLogSum = halfMax + Math.log(halfSum)
  return {
    logSum,
    halfLogSum,
    kl: weighted / sum - (logSum - halfLogSum),
    sameTop1: top === halfTop,
  }
}
