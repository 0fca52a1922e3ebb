// Decimal digits of binary floats as C's printf gives them: exact, ties to even. JavaScript's own toFixed and
// toExponential round ties up.

/** Python's repr of a float. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa = '', exponentText = ''] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const exponent = Number(exponentText)
  const sign = value < 0 ? '-' : ''
  if (exponent < -4 || exponent >= 16) {
    const point = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
    return `${sign}${point}e${exponentSuffix(exponent)}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}

/** An exponent as Python prints it: a sign and two digits or more. */
export function exponentSuffix(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** `value`, finite and not negative, with `places` digits after the point. */
export function fixedDigits(value: number, places: number): string {
  const digits = String(scaled(value, places)).padStart(places + 1, '0')
  return places === 0
    ? digits
    : `${digits.slice(0, digits.length - places)}.${digits.slice(digits.length - places)}`
}

/** The `count` first digits of `value`, finite and above 0, and the power of ten of the first of them. */
export function leadingDigits(value: number, count: number): { digits: string; exponent: number } {
  let exponent = Number(value.toExponential().split('e')[1])
  let digits = String(scaled(value, count - 1 - exponent))
  // 9.99 may round to 10.0, and the short text of a number may be rounded up to the next power itself.
  if (digits.length !== count) {
    exponent += digits.length > count ? 1 : -1
    digits = String(scaled(value, count - 1 - exponent))
  }
  return { digits, exponent }
}

/** Python's `round(value, places)` of a finite float. */
export function roundFloat(value: number, places: number): number {
  // No double has digits beyond these places, and none is left before them.
  if (places > 323) return value
  if (places < -308) return value < 0 ? -0 : 0
  const rounded = scaled(Math.abs(value), places)
  const magnitude = Number(`${rounded}e${-places}`)
  return value < 0 || Object.is(value, -0) ? -magnitude : magnitude
}

const bits = new DataView(new ArrayBuffer(8))

/** value * 10^places as a whole number, half to even. */
function scaled(value: number, places: number): bigint {
  bits.setFloat64(0, value)
  const field = (bits.getUint32(0) >>> 20) & 0x7ff
  const fraction = bits.getBigUint64(0) & 0xfffffffffffffn
  const mantissa = field === 0 ? fraction : fraction | 0x10000000000000n
  const shift = Math.max(field, 1) - 1075
  let numerator = mantissa
  let denominator = 1n
  if (shift >= 0) numerator <<= BigInt(shift)
  else denominator <<= BigInt(-shift)
  if (places >= 0) numerator *= 10n ** BigInt(places)
  else denominator *= 10n ** BigInt(-places)
  const quotient = numerator / denominator
  const doubledRest = (numerator % denominator) * 2n
  const up = doubledRest > denominator || (doubledRest === denominator && (quotient & 1n) === 1n)
  return up ? quotient + 1n : quotient
}
