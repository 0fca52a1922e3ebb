const parts = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/

/**
 * A number of a JSON file as the reference's reader makes it of its digits: all of them as one whole number, then one
 * multiplication or division by a power of ten. That rounds twice, so the last bit may differ from the right one; where
 * two ways of cutting a word are equally good but for that bit, it decides.
 */
export function referenceNumber(value: number): number {
  const found = parts.exec(String(value))
  if (!found) return value
  const [, sign, whole, fraction = '', power = '0'] = found
  const exponent = Number(power) - fraction.length
  const digits = Number(whole + fraction)
  // Literals of powers of ten are exact enough on both sides: the nearest number.
  const size = exponent < 0 ? digits / Number(`1e${-exponent}`) : digits * Number(`1e${exponent}`)
  return sign ? -size : size
}
