import { operate } from './arithmetic.ts'
import { fixedDigits, roundFloat } from './decimal.ts'
import { isTrue } from './iterate.ts'
import { method, type Method } from './method.ts'
import { requireInt } from './parameters.ts'
import { parseFloatText, parseIntText } from './parse-number.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'
import { Float, intOf, numberOf, textOf, toInt, typeName, Undefined, type Value } from './values.ts'

function absolute(value: Value): Value {
  const int = intOf(value)
  if (int !== undefined) return int < 0 ? -int : int
  if (value instanceof Float) return new Float(Math.abs(value.value))
  throw templateFault('TypeError', `bad operand type for abs(): '${typeName(value)}'`)
}

/** A float of a number or of a text that spells one; undefined for anything else. */
function floatOf(render: Render, value: Value): number | undefined {
  if (value instanceof Undefined) throw value.fault()
  const text = textOf(value)
  if (text === undefined) return numberOf(value)
  render.budget.read(text.length)
  return parseFloatText(render.seen(text))
}

function wholeOf(render: Render, value: Value, fallback: Value, base: number): Value {
  const int = intOf(value)
  if (int !== undefined) return int
  if (value instanceof Float && Math.abs(value.value) === Infinity) {
    throw templateFault('OverflowError', 'cannot convert float infinity to integer')
  }
  const text = textOf(value)
  if (text !== undefined) {
    render.budget.read(text.length)
    const parsed = parseIntText(render.seen(text), base)
    if (parsed !== undefined) return parsed
  }
  const number = floatOf(render, value)
  if (number === undefined || !Number.isFinite(number)) return fallback
  return toInt(BigInt(Math.trunc(number)))
}

function round(render: Render, value: Value, precision: number, how: string): Value {
  if (how !== 'common' && how !== 'ceil' && how !== 'floor') {
    throw templateFault('FilterArgumentError', 'method must be common, ceil or floor')
  }
  if (value instanceof Undefined) throw value.fault()
  const int = intOf(value)
  if (how !== 'common') {
    const factor = operate(render, '**', 10, precision)
    const product = operate(render, '*', value, factor)
    const exact = intOf(product)
    if (exact !== undefined) return operate(render, '/', exact, factor)
    const scaled = numberOf(product)
    if (scaled === undefined) throw templateFault('TypeError', 'must be real number')
    if (!Number.isFinite(scaled)) {
      throw templateFault('OverflowError', 'cannot convert float infinity to integer')
    }
    const whole = toInt(BigInt(how === 'ceil' ? Math.ceil(scaled) : Math.floor(scaled)))
    return operate(render, '/', whole, factor)
  }
  if (int !== undefined) return precision >= 0 ? int : roundInt(render, BigInt(int), -precision)
  if (value instanceof Float) {
    return Number.isFinite(value.value) ? new Float(roundFloat(value.value, precision)) : value
  }
  throw templateFault('TypeError', `type ${typeName(value)} doesn't define __round__ method`)
}

function roundInt(render: Render, value: bigint, places: number): Value {
  render.budget.text(places)
  const unit = 10n ** BigInt(places)
  const rest = ((value % unit) + unit) % unit
  const down = value - rest
  const up = rest * 2n > unit || (rest * 2n === unit && (down / unit) % 2n !== 0n)
  return toInt(up ? down + unit : down)
}

const unitNames = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB']

function fileSize(bytes: number, binary: boolean): string {
  const base = binary ? 1024 : 1000
  if (bytes === 1) return '1 Byte'
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`
  let exponent = 1
  while (exponent < unitNames.length && bytes >= base ** (exponent + 1)) exponent++
  const unit = unitNames[exponent - 1]!
  const amount = fixedDigits((base * bytes) / base ** (exponent + 1), 1)
  return `${amount} ${binary ? unit.replace(/^k/, 'K').replace('B', 'iB') : unit}`
}

/** Filters of numbers. */
export const numberFilters: readonly (readonly [name: string, filter: Method])[] = [
  ['abs', method('abs', {}, (_render, value) => absolute(value))],
  [
    'int',
    method('int', { default: 0, base: 10 }, (render, value, fallback, base) =>
      wholeOf(render, value, fallback!, requireInt(base!)),
    ),
  ],
  [
    'float',
    method('float', { default: new Float(0) }, (render, value, fallback) => {
      const number = floatOf(render, value)
      return number === undefined ? fallback! : new Float(number)
    }),
  ],
  [
    'round',
    method('round', { precision: 0, method: 'common' }, (render, value, precision, how) =>
      round(render, value, requireInt(precision!), textOf(how!) ?? ''),
    ),
  ],
  [
    'filesizeformat',
    method('filesizeformat', { binary: false }, (render, value, binary) => {
      const bytes = floatOf(render, value)
      if (bytes === undefined || !Number.isFinite(bytes)) {
        throw templateFault('ValueError', 'could not convert to float')
      }
      return fileSize(bytes, isTrue(render, binary!))
    }),
  ],
]
