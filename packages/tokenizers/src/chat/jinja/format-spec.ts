// The mini-language of `format(value, spec)`.
import { formatFloat, signOf } from './format-number.ts'
import { lengthOf, sliceText } from './python-text.ts'
import type { Render } from './render.ts'
import { toText } from './represent.ts'
import { templateFault } from './template-fault.ts'
import { intOf, numberOf, textOf, typeName, type Value } from './values.ts'

interface Spec {
  readonly fill: string
  readonly align: string
  readonly sign: string
  readonly alternate: boolean
  /** Print a number that rounds to zero without a minus. */
  readonly coercesZero: boolean
  readonly width: number
  readonly grouping: string
  readonly precision: number | undefined
  readonly type: string
}

const pattern =
  /^(?:([\s\S])(?=[<>=^]))?([<>=^])?([-+ ])?(z)?(#)?(0)?(\d{1,9})?([,_])?(?:\.(\d{1,9}))?([\s\S])?$/u

/** Python's `format(value, spec)`. */
export function formatValue(render: Render, value: Value, spec: string): string {
  if (spec === '') return toText(render, value)
  const text = textOf(value)
  const isNumber = numberOf(value) !== undefined
  if (text === undefined && !isNumber) {
    throw templateFault(
      'TypeError',
      `unsupported format string passed to ${typeName(value)}.__format__`,
    )
  }
  const match = pattern.exec(spec)
  if (!match) {
    throw templateFault(
      'ValueError',
      `Invalid format specifier '${spec}' for object of type '${typeName(value)}'`,
    )
  }
  const zero = match[6] !== undefined
  const parsed: Spec = {
    fill: match[1] ?? (zero ? '0' : ' '),
    align: match[2] ?? (isNumber ? (zero ? '=' : '>') : '<'),
    sign: match[3] ?? '',
    alternate: match[5] !== undefined,
    coercesZero: match[4] !== undefined,
    width: Number(match[7] ?? 0),
    grouping: match[8] ?? '',
    precision: match[9] === undefined ? undefined : Number(match[9]),
    type: match[10] ?? '',
  }
  render.budget.text(Math.max(parsed.width, parsed.precision ?? 0))
  if (text !== undefined) return formatText(text, parsed)
  return formatNumber(render, value, parsed)
}

function formatText(text: string, spec: Spec): string {
  if (spec.type !== '' && spec.type !== 's') throw unknownType(spec, 'str')
  if (spec.sign !== '') {
    throw templateFault('ValueError', 'Sign not allowed in string format specifier')
  }
  if (spec.align === '=') {
    throw templateFault('ValueError', "'=' alignment not allowed in string format specifier")
  }
  if (spec.alternate || spec.grouping !== '') {
    throw templateFault('ValueError', 'Alternate form (#) not allowed in string format specifier')
  }
  const { precision } = spec
  return aligned(spec, '', precision === undefined ? text : sliceText(text, 0, precision))
}

function formatNumber(render: Render, value: Value, spec: Spec): string {
  const int = intOf(value)
  const { type } = spec
  if (int !== undefined && (type === '' || 'bcdoxXn'.includes(type))) return formatInt(int, spec)
  if (type !== '' && !'eEfFgGn%'.includes(type)) throw unknownType(spec, typeName(value))
  const number = numberOf(value)!
  const scale = type === '%' ? number * 100 : number
  const style = styleOf(type, spec.precision)
  const precision = spec.precision ?? 6
  let digits = formatFloat(render, scale, style, precision, spec.alternate)
  // Without a type, a whole number keeps its ".0".
  if (type === '' && spec.precision !== undefined && /^\d+$/.test(digits)) digits += '.0'
  if (type === 'E' || type === 'F' || type === 'G') digits = digits.toUpperCase()
  const grouped = spec.grouping === '' ? digits : grouping(digits, spec.grouping, 3)
  const wanted = spec.sign === '-' ? '' : spec.sign
  const isZero = spec.coercesZero && !/[1-9a-z]/i.test(digits.split(/e/i)[0]!)
  return aligned(
    spec,
    isZero ? wanted : signOf(number, wanted),
    grouped + (type === '%' ? '%' : ''),
  )
}

function styleOf(type: string, precision: number | undefined): 'e' | 'f' | 'g' | 'r' {
  if (type === '%') return 'f'
  if (type === '') return precision === undefined ? 'r' : 'g'
  return type === 'n' ? 'g' : (type.toLowerCase() as 'e' | 'f' | 'g')
}

function formatInt(int: number | bigint, spec: Spec): string {
  const { type } = spec
  if (spec.precision !== undefined) {
    throw templateFault('ValueError', 'Precision not allowed in integer format specifier')
  }
  if (type === 'c') return aligned(spec, '', String.fromCodePoint(Number(int)))
  const radix = { b: 2, o: 8, x: 16, X: 16 }[type] ?? 10
  const digits = (int < 0 ? -int : int).toString(radix)
  const grouped =
    spec.grouping === '' ? digits : grouping(digits, spec.grouping, radix === 10 ? 3 : 4)
  const prefix = spec.alternate && radix !== 10 ? `0${type}` : ''
  const body = type === 'X' ? grouped.toUpperCase() : grouped
  return aligned(spec, signOf(int, spec.sign === '-' ? '' : spec.sign) + prefix, body)
}

function grouping(digits: string, separator: string, size: number): string {
  const [, whole = '', rest = ''] = /^([0-9a-f]*)(.*)$/.exec(digits) ?? []
  let grouped = ''
  for (let end = whole.length; end > 0; end -= size) {
    const group = whole.slice(Math.max(0, end - size), end)
    grouped = grouped === '' ? group : group + separator + grouped
  }
  return grouped + rest
}

function aligned({ fill, align, width }: Spec, sign: string, body: string): string {
  const missing = width - lengthOf(sign) - lengthOf(body)
  if (missing <= 0) return sign + body
  switch (align) {
    case '<':
      return sign + body + fill.repeat(missing)
    case '^':
      return fill.repeat(missing >> 1) + sign + body + fill.repeat(missing - (missing >> 1))
    case '=':
      return sign + fill.repeat(missing) + body
    default:
      return fill.repeat(missing) + sign + body
  }
}

const unknownType = ({ type }: Spec, name: string) =>
  templateFault('ValueError', `Unknown format code '${type}' for object of type '${name}'`)
