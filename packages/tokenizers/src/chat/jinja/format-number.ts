// Numbers for `'%5.2f' % x` and `'{:5.2f}'.format(x)`, which differ little.
import { exponentSuffix, fixedDigits, floatText, leadingDigits } from './decimal.ts'
import type { Render } from './render.ts'

/** Letters of the formats of floats. */
export type FloatStyle = 'e' | 'f' | 'g' | 'r'

/**
 * The digits of a float without its sign. Style `r` is the shortest text that reads back, `alternate` keeps the point
 * and trailing zeros.
 */
export function formatFloat(
  render: Render,
  value: number,
  style: FloatStyle,
  precision: number,
  alternate: boolean,
): string {
  const magnitude = Math.abs(value)
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : 'inf'
  if (style === 'r') return floatText(magnitude)
  render.budget.text(precision + 400)
  if (style === 'f')
    return fixedDigits(magnitude, precision) + (alternate && precision === 0 ? '.' : '')
  if (style === 'e') return exponential(magnitude, precision, alternate)
  const count = Math.max(1, precision)
  const exponent = magnitude === 0 ? 0 : leadingDigits(magnitude, count).exponent
  const text =
    exponent < -4 || exponent >= count
      ? exponential(magnitude, count - 1, alternate)
      : fixedDigits(magnitude, count - 1 - exponent)
  if (alternate) return text.includes('.') ? text : `${text}.`
  return withoutZeros(text)
}

function withoutZeros(text: string): string {
  const [mantissa = '', exponent] = text.split('e')
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  return exponent === undefined ? short : `${short}e${exponent}`
}

function exponential(value: number, precision: number, alternate: boolean): string {
  const { digits, exponent } =
    value === 0
      ? { digits: '0'.repeat(precision + 1), exponent: 0 }
      : leadingDigits(value, precision + 1)
  const point = precision > 0 || alternate ? '.' : ''
  return `${digits[0]}${point}${digits.slice(1)}e${exponentSuffix(exponent)}`
}

/** The sign in front of a number: '-', or what `wanted` ('+', ' ' or '') asks for. */
export function signOf(value: number | bigint, wanted: string): string {
  return value < 0 || Object.is(value, -0) ? '-' : wanted
}
