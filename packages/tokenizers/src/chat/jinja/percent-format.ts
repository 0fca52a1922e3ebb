import { escapeHtml } from './escape-html.ts'
import { Dict } from './dict.ts'
import { formatFloat, signOf } from './format-number.ts'
import { lookUp } from './compare.ts'
import { characters, lengthOf, sliceText } from './python-text.ts'
import { Range } from './range.ts'
import type { Render } from './render.ts'
import { pythonEscape, represent, toText } from './represent.ts'
import { templateFault } from './template-fault.ts'
import {
  Float,
  intOf,
  isList,
  Markup,
  numberOf,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

interface Directive {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly conversion: string
}

/** Python's `text % value`; in Markup, texts are escaped. */
export function formatPercent(render: Render, template: Value, value: Value): string {
  const format = textOf(template)!
  const seen = render.seen(format)
  const markup = template instanceof Markup
  const args = value instanceof Tuple ? value.items : [value]
  const pattern = /%(?:\(([^()]*)\))?([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?[hlL]?([\s\S]?)/g
  let used = 0
  let keyed = false
  const next = (): Value => {
    if (used >= args.length)
      throw templateFault('TypeError', 'not enough arguments for format string')
    return args[used++]!
  }
  const star = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined
    if (text !== '*') return Number(text)
    const int = intOf(next())
    if (int === undefined) throw templateFault('TypeError', '* wants int')
    return Number(int)
  }
  let result = ''
  let end = 0
  for (const match of seen.matchAll(pattern)) {
    render.budget.spend(1)
    const [all, key, flags = '', widthText = '', precisionText, conversion = ''] = match
    result += format.slice(end, match.index)
    end = match.index + all.length
    if (conversion === '') throw templateFault('ValueError', 'incomplete format')
    if (conversion === '%') {
      result += '%'
      continue
    }
    let item: Value | undefined
    if (key !== undefined) {
      if (value instanceof Undefined) throw value.fault()
      if (!(value instanceof Dict)) throw templateFault('TypeError', 'format requires a mapping')
      item = lookUp(render, value, key)
      if (item === undefined) throw templateFault('KeyError', represent(render, key))
      keyed = true
    }
    const width = star(widthText) ?? 0
    const precision = star(precisionText)
    const directive = {
      flags: width < 0 ? `${flags}-` : flags,
      width: Math.abs(width),
      precision: precision === undefined ? undefined : Math.max(0, precision),
      conversion,
    }
    render.budget.text(Math.max(directive.width, directive.precision ?? 0))
    result += padded(
      directive,
      converted(render, directive, item === undefined ? next() : item, markup, end - 1),
    )
    render.budget.text(result.length)
  }
  // What has items may be left over, except a tuple or a str.
  const hasItems =
    value instanceof Dict || value instanceof Range || value instanceof Undefined || isList(value)
  const spare = !hasItems
  if (!keyed && used < args.length && spare) {
    throw templateFault('TypeError', 'not all arguments converted during string formatting')
  }
  return result + format.slice(end)
}

function converted(
  render: Render,
  { flags, precision, conversion }: Directive,
  value: Value,
  markup: boolean,
  at: number,
): [sign: string, body: string] {
  const cut = (text: string): [string, string] => [
    '',
    precision === undefined || precision >= text.length ? text : sliceText(text, 0, precision),
  ]
  const wanted = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  switch (conversion) {
    case 's':
      return cut(markup ? escapeHtml(render, value) : toText(render, value))
    case 'r':
    case 'a': {
      const text = represent(render, value)
      return cut(conversion === 'r' ? text : asciiOnly(text))
    }
    case 'c':
      return ['', character(value)]
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': {
      const int = wholeOf(value, conversion)
      const radix = radixes[conversion] ?? 10
      const digits = (int < 0 ? -int : int).toString(radix).padStart(precision ?? 0, '0')
      const prefix = flags.includes('#') && radix !== 10 ? `0${conversion.toLowerCase()}` : ''
      return [
        signOf(int, wanted),
        conversion === 'X' ? (prefix + digits).toUpperCase() : prefix + digits,
      ]
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      if (value instanceof Undefined) throw value.fault()
      const number = numberOf(value)
      if (number === undefined) {
        throw templateFault('TypeError', `must be real number, not ${typeName(value)}`)
      }
      const style = conversion.toLowerCase() as 'e' | 'f' | 'g'
      const text = formatFloat(render, number, style, precision ?? 6, flags.includes('#'))
      return [signOf(number, wanted), style === conversion ? text : text.toUpperCase()]
    }
  }
  throw templateFault(
    'ValueError',
    `unsupported format character '${conversion}' (0x${conversion.charCodeAt(0).toString(16)}) at index ${at}`,
  )
}

const radixes: { readonly [conversion: string]: number } = { o: 8, x: 16, X: 16 }

function padded(
  { flags, width, conversion }: Directive,
  [sign, body]: [sign: string, body: string],
): string {
  const missing = width - lengthOf(sign + body)
  if (missing <= 0) return sign + body
  if (flags.includes('-')) return sign + body + ' '.repeat(missing)
  const zeros = flags.includes('0') && !'sracSRA'.includes(conversion) && /^[0-9]/.test(body)
  return zeros ? zeroPadded(sign, body, missing) : ' '.repeat(missing) + sign + body
}

function zeroPadded(sign: string, body: string, missing: number): string {
  const prefix = /^0[xXo]/.exec(body)?.[0] ?? ''
  return sign + prefix + '0'.repeat(missing) + body.slice(prefix.length)
}

function wholeOf(value: Value, conversion: string): number | bigint {
  if (value instanceof Undefined) throw value.fault()
  const int = intOf(value)
  if (int !== undefined) return int
  const decimal = 'diu'.includes(conversion)
  if (decimal && value instanceof Float && Number.isFinite(value.value)) {
    return BigInt(Math.trunc(value.value))
  }
  const rule = decimal ? 'a real number is required' : 'an integer is required'
  throw templateFault('TypeError', `%${conversion} format: ${rule}, not ${typeName(value)}`)
}

function character(value: Value): string {
  const text = textOf(value)
  if (text !== undefined && characters(text).length === 1) return text
  const code = intOf(value)
  if (code !== undefined && code >= 0 && code < 0x110000) return String.fromCodePoint(Number(code))
  throw templateFault('TypeError', '%c requires int or char')
}

/** The text with everything beyond ASCII as escapes of a Python literal. */
export const asciiOnly = (text: string): string => text.replaceAll(/[^\0-\x7f]/gu, pythonEscape)
