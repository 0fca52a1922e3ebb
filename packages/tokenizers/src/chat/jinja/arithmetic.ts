import { escapeHtml } from './escape-html.ts'
import { formatPercent } from './percent-format.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'
import {
  Float,
  intOf,
  isList,
  Markup,
  numberOf,
  textLike,
  textOf,
  toInt,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**'

/** Bits of the longest int that templates may compute; printing ends long before. */
const MAX_BITS = 1 << 16

/** Python's binary operators. */
export function operate(render: Render, operator: Operator, a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const result =
      operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : NaN
    // -0 is no int
    if (Number.isSafeInteger(result)) return result + 0
  }
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') {
    render.budget.text(a.length + b.length)
    return a + b
  }
  if (operator === '%') {
    const text = textOf(a)
    if (text !== undefined) return textLike(a, formatPercent(render, a, b))
  }
  const x = intOf(a)
  const y = intOf(b)
  if (x !== undefined && y !== undefined) return operateInts(render, operator, x, y)
  const u = numberOf(a)
  const v = numberOf(b)
  if (u !== undefined && v !== undefined) return operateFloats(operator, u, v)
  if (a instanceof Undefined) throw a.fault()
  if (b instanceof Undefined) throw b.fault()
  const result =
    operator === '+'
      ? concatenate(render, a, b)
      : operator === '*'
        ? repeat(render, a, b)
        : undefined
  if (result !== undefined) return result
  throw templateFault(
    'TypeError',
    `unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`,
  )
}

/** Python's unary `-` and `+`. */
export function operateUnary(render: Render, operator: '-' | '+', value: Value): Value {
  const int = intOf(value)
  if (int !== undefined) return operator === '+' ? int : operateInts(render, '-', 0, int)
  if (value instanceof Float) return operator === '+' ? value : new Float(-value.value)
  if (value instanceof Undefined) throw value.fault()
  throw templateFault('TypeError', `bad operand type for unary ${operator}: '${typeName(value)}'`)
}

function concatenate(render: Render, a: Value, b: Value): Value | undefined {
  const text = textOf(a)
  const other = textOf(b)
  if (text !== undefined && other !== undefined) {
    // One side is Markup: the other is escaped.
    const joined = escapeHtml(render, a) + escapeHtml(render, b)
    render.budget.text(joined.length)
    return new Markup(joined)
  }
  if (isList(a) && isList(b)) {
    render.budget.items(a.length + b.length)
    return [...a, ...b]
  }
  if (a instanceof Tuple && b instanceof Tuple) {
    render.budget.items(a.items.length + b.items.length)
    return new Tuple([...a.items, ...b.items])
  }
  const kind =
    text !== undefined ? 'str' : isList(a) ? 'list' : a instanceof Tuple ? 'tuple' : undefined
  if (kind === undefined) return undefined
  throw templateFault('TypeError', `can only concatenate ${kind} (not "${typeName(b)}") to ${kind}`)
}

function repeat(render: Render, a: Value, b: Value): Value | undefined {
  const [value, count] = intOf(b) === undefined ? [b, intOf(a)] : [a, intOf(b)]
  if (count === undefined) return undefined
  const times = Math.max(0, Number(count))
  const text = textOf(value)
  if (text !== undefined) {
    render.budget.text(text.length * times)
    return textLike(value, text === '' ? '' : text.repeat(times))
  }
  const items = isList(value) ? value : value instanceof Tuple ? value.items : undefined
  if (!items) return undefined
  render.budget.items(items.length * times)
  const list: Value[] = []
  if (items.length > 0) for (let i = 0; i < times; i++) list.push(...items)
  return isList(value) ? list : new Tuple(list)
}

function operateInts(
  render: Render,
  operator: Operator,
  a: number | bigint,
  b: number | bigint,
): Value {
  if (operator === '/') {
    if (Number(b) === 0) throw zeroDivision('division by zero')
    return new Float(divide(a, b))
  }
  if ((operator === '//' || operator === '%') && Number(b) === 0) {
    throw zeroDivision('integer division or modulo by zero')
  }
  const x = BigInt(a)
  const y = BigInt(b)
  switch (operator) {
    case '+':
      return limited(render, x + y)
    case '-':
      return limited(render, x - y)
    case '*':
      return limited(render, x * y)
    case '//': {
      const quotient = x / y
      return toInt(x % y !== 0n && x < 0n !== y < 0n ? quotient - 1n : quotient)
    }
    case '%': {
      const rest = x % y
      return toInt(rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest)
    }
    case '**':
      return power(render, x, y)
  }
}

/** The double nearest to the quotient of two ints. */
function divide(a: number | bigint, b: number | bigint): number {
  if (typeof a === 'number' && typeof b === 'number') return a / b
  const [x, y] = [BigInt(a), BigInt(b)]
  const shift = Math.max(0, 66 - bitLength(x) + bitLength(y))
  const shifted = (x < 0n ? -x : x) << BigInt(shift)
  const divisor = y < 0n ? -y : y
  // The last bit tells the rounding to a double that something is left.
  const quotient = (shifted / divisor) | (shifted % divisor === 0n ? 0n : 1n)
  const magnitude = Number(quotient) / 2 ** shift
  if (magnitude === Infinity) {
    throw templateFault('OverflowError', 'integer division result too large for a float')
  }
  return x < 0n !== y < 0n ? -magnitude : magnitude
}

function power(render: Render, base: bigint, exponent: bigint): Value {
  if (exponent < 0n) {
    if (base === 0n) throw zeroDivision('0.0 cannot be raised to a negative power')
    return new Float(Number(base) ** Number(exponent))
  }
  if (exponent === 0n) return 1
  if (base >= -1n && base <= 1n) return toInt(exponent % 2n === 0n ? base * base : base)
  requireBits(render, bitLength(base) * Number(exponent))
  return toInt(base ** exponent)
}

/** Bits of an int without its sign. */
export function bitLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value
  return magnitude === 0n ? 0 : magnitude.toString(2).length
}

function limited(render: Render, value: bigint): Value {
  const int = toInt(value)
  if (typeof int === 'bigint') requireBits(render, int.toString(16).length * 4)
  return int
}

function requireBits(render: Render, bits: number): void {
  if (bits > MAX_BITS) render.budget.fit(Infinity)
  render.budget.spend(bits >> 8)
}

function operateFloats(operator: Operator, a: number, b: number): Value {
  switch (operator) {
    case '+':
      return new Float(a + b)
    case '-':
      return new Float(a - b)
    case '*':
      return new Float(a * b)
    case '/':
      if (b === 0) throw zeroDivision('float division by zero')
      return new Float(a / b)
    case '//':
      if (b === 0) throw zeroDivision('float floor division by zero')
      return new Float(floorDivide(a, b))
    case '%':
      if (b === 0) throw zeroDivision('float modulo')
      return new Float(modulo(a, b))
    case '**':
      return powerOfFloats(a, b)
  }
}

/** Has the sign of `b`. */
function modulo(a: number, b: number): number {
  const rest = a % b
  if (rest === 0) return b < 0 ? -0 : 0
  return rest < 0 !== b < 0 ? rest + b : rest
}

function floorDivide(a: number, b: number): number {
  const quotient = (a - modulo(a, b)) / b
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0
  // What division leaves off a whole number is its own rounding.
  const floor = Math.floor(quotient)
  return quotient - floor > 0.5 ? floor + 1 : floor
}

function powerOfFloats(a: number, b: number): Value {
  if (a === 0 && b < 0) throw zeroDivision('0.0 cannot be raised to a negative power')
  if (a < 0 && Number.isFinite(b) && !Number.isInteger(b)) {
    throw templateFault('TypeError', 'complex numbers are not supported')
  }
  const result = a === 1 ? 1 : a ** b
  if (!Number.isFinite(result) && Number.isFinite(a) && Number.isFinite(b)) {
    throw templateFault('OverflowError', "(34, 'Numerical result out of range')")
  }
  return new Float(result)
}

const zeroDivision = (message: string) => templateFault('ZeroDivisionError', message)
