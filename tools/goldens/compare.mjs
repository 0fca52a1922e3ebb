// Comparisons; each returns undefined when the values agree, else one line that says where, by how much, and
// what was allowed.

/**
 * Largest absolute difference against `bound * max(1, absmax of want)`. NaN equals NaN, infinities must be equal.
 * `counts(i)` false leaves an element out. The lowest f32 (-3.4e38) marks a masked value: it is met by another
 * such value or by -Infinity, and does not count for the absmax.
 */
export function closeTo(got, want, { bound, shape = [want.length], counts = (_i) => true }) {
  if (got.length !== want.length) return `${got.length} values, expected ${want.length}`
  let top = 0
  for (let i = 0; i < want.length; i++) {
    const size = Math.abs(want[i])
    if (size > top && Number.isFinite(size) && want[i] > masked && counts(i)) top = size
  }
  let largest = 0
  let at = -1
  for (let i = 0; i < want.length; i++) {
    if (!counts(i)) continue
    const difference = want[i] <= masked && got[i] <= masked ? 0 : distance(got[i], want[i])
    if (difference > largest) {
      largest = difference
      at = i
    }
  }
  const limit = bound * Math.max(1, top)
  if (largest <= limit) return undefined
  return line('largest difference', largest, at, shape, got, want, limit)
}

const masked = -3.3e38

/** |got - want| <= atol + rtol * |want| for every element; both 0 means equal values (and -0 equals 0). */
export function within(got, want, { atol, rtol, shape = [want.length] }) {
  if (got.length !== want.length) return `${got.length} values, expected ${want.length}`
  const limitOf = (i) => (Number.isFinite(Number(want[i])) ? atol + rtol * size(want[i]) : 0)
  let worst = 0
  let at = -1
  for (let i = 0; i < want.length; i++) {
    const difference = distance(got[i], want[i])
    const limit = limitOf(i)
    if (difference <= limit) continue
    const excess = difference / Math.max(limit, Number.MIN_VALUE)
    if (at < 0 || excess > worst) {
      worst = excess
      at = i
    }
  }
  if (at < 0) return undefined
  return line('difference', distance(got[at], want[at]), at, shape, got, want, limitOf(at))
}

/** Equal lists of integers. */
export function sameIds(got, want) {
  const n = Math.max(got.length, want.length)
  for (let i = 0; i < n; i++) {
    if (i < got.length && i < want.length && Number(got[i]) === Number(want[i])) continue
    return `first difference at ${i} (got ${got[i] ?? 'nothing'}, want ${want[i] ?? 'nothing'}), lengths ${got.length} and ${want.length}, bound 0`
  }
  return undefined
}

/** Equal lists of rows of integers. */
export function sameRows(got, want) {
  if (got.length !== want.length) return `${got.length} rows, expected ${want.length}`
  for (let row = 0; row < want.length; row++) {
    const difference = sameIds(got[row], want[row])
    if (difference) return `row ${row}: ${difference}`
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

/** One number within `bound` of another. */
export function near(got, want, bound) {
  const difference = distance(got, want)
  if (difference <= bound) return undefined
  return `difference ${format(difference)} (got ${got}, want ${want}), bound ${bound}`
}

/** Equal values (NaN equals NaN) are 0 apart; a NaN or an infinity on one side is Infinity away. */
function distance(a, b) {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0
  if (typeof a === 'bigint' && typeof b === 'bigint') return Number(a > b ? a - b : b - a)
  const difference = Math.abs(Number(a) - Number(b))
  return Number.isNaN(difference) ? Infinity : difference
}

const size = (value) => Math.abs(Number(value))

function line(what, difference, at, shape, got, want, limit) {
  return `${what} ${format(difference)} at ${place(at, shape)} (got ${format(got[at])}, want ${format(want[at])}), bound ${format(limit)}`
}

function place(index, shape) {
  const at = []
  for (let i = shape.length - 1; i >= 0; i--) {
    at.unshift(index % shape[i])
    index = Math.floor(index / shape[i])
  }
  return `[${at.join(', ')}]`
}

const format = (value) =>
  typeof value === 'number' ? Number(value.toPrecision(6)).toString() : String(value)
