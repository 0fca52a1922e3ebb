// Comparisons; each returns undefined when the values agree, else one line that says where and by how much.

const place = (index, shape) => {
  const at = []
  for (let i = shape.length - 1; i >= 0; i--) {
    at.unshift(index % shape[i])
    index = Math.floor(index / shape[i])
  }
  return `[${at.join(', ')}]`
}

/**
 * Largest absolute difference against `bound * max(1, absmax of want)`. NaN equals NaN, infinities must be equal.
 * `counts(i)` false leaves an element out.
 */
export function closeTo(
  got,
  want,
  { bound, shape = [want.length], counts = () => true, absmax } = {},
) {
  if (got.length !== want.length) return `${got.length} values, expected ${want.length}`
  let largest = 0
  let at = -1
  let top = absmax ?? 0
  if (absmax === undefined)
    for (const v of want) if (Number.isFinite(v)) top = Math.max(top, Math.abs(v))
  for (let i = 0; i < want.length; i++) {
    if (!counts(i)) continue
    const a = Number(got[i])
    const b = Number(want[i])
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue
    const difference = Math.abs(a - b)
    if (!(difference <= largest)) {
      largest = difference
      at = i
      if (Number.isNaN(difference)) break
    }
  }
  const limit = bound * Math.max(1, top)
  if (largest <= limit) return undefined
  return `largest difference ${fmt(largest)} at ${place(at, shape)} (got ${fmt(got[at])}, want ${fmt(want[at])}), bound ${fmt(limit)}`
}

/** |got - want| <= atol + rtol * |want| for every element; both 0 means bit-equal values. */
export function within(got, want, { atol, rtol, shape = [want.length] }) {
  if (got.length !== want.length) return `${got.length} values, expected ${want.length}`
  let worst = 0
  let at = -1
  for (let i = 0; i < want.length; i++) {
    const a = Number(got[i])
    const b = Number(want[i])
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue
    const difference = Math.abs(a - b)
    const limit = atol + rtol * Math.abs(b)
    if (difference <= limit) continue
    const excess = Number.isFinite(difference) ? difference / Math.max(limit, 1e-45) : Infinity
    if (!(excess <= worst)) {
      worst = excess
      at = i
    }
  }
  if (at < 0) return undefined
  const limit = atol + rtol * Math.abs(Number(want[at]))
  return `difference ${fmt(Math.abs(Number(got[at]) - Number(want[at])))} at ${place(at, shape)} (got ${fmt(got[at])}, want ${fmt(want[at])}), bound ${fmt(limit)}`
}

/** Equal lists of integers. */
export function sameIds(got, want) {
  const n = Math.max(got.length, want.length)
  for (let i = 0; i < n; i++) {
    if (Number(got[i]) !== Number(want[i])) {
      return `first difference at ${i} (got ${got[i] ?? 'nothing'}, want ${want[i] ?? 'nothing'}), lengths ${got.length} and ${want.length}, bound 0`
    }
  }
  return undefined
}

/** Equal texts. */
export function sameText(got, want) {
  if (got === want) return undefined
  let i = 0
  while (i < Math.min(got.length, want.length) && got[i] === want[i]) i++
  const show = (text) => JSON.stringify(text.slice(Math.max(0, i - 10), i + 30))
  return `first difference at character ${i} (got ${show(got)}, want ${show(want)}), bound 0`
}

const fmt = (value) =>
  typeof value === 'number' ? Number(value.toPrecision(4)).toString() : String(value)
