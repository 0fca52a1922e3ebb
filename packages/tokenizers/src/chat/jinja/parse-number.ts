import { MAX_INT_DIGITS } from './represent.ts'
import { strip } from './python-text.ts'
import { templateFault } from './template-fault.ts'
import { toInt } from './values.ts'

const prefixes: { readonly [base: number]: string } = { 2: 'b', 8: 'o', 16: 'x' }

/** Python's `int(text, base)`; undefined for a text that is no int. Throws ValueError for a base that is none. */
export function parseIntText(text: string, base: number): number | bigint | undefined {
  if (base !== 0 && !(base >= 2 && base <= 36)) {
    throw templateFault('ValueError', 'int() base must be >= 2 and <= 36, or 0')
  }
  const match = /^([-+]?)(?:(0[box])_?)?([0-9a-z]+(?:_[0-9a-z]+)*)$/.exec(
    strip(text, undefined, true, true).toLowerCase(),
  )
  if (!match) return undefined
  let [, sign, prefix = '', digits = ''] = match
  let radix = base
  if (base === 0) {
    radix = { '0b': 2, '0o': 8, '0x': 16 }[prefix] ?? 10
    if (prefix === '' && /^0[0_]*[1-9]/.test(digits)) return undefined
  } else if (prefix !== '' && prefix[1] !== prefixes[base]) {
    // Without its own meaning, "0b1" is digits like any others.
    digits = prefix + digits
    prefix = ''
  }
  const plain = digits.replaceAll('_', '')
  for (const c of plain) if (!(Number.parseInt(c, 36) < radix)) return undefined
  const isPowerOfTwo = (radix & (radix - 1)) === 0
  if (plain.length > (isPowerOfTwo ? MAX_INT_DIGITS * 4 : MAX_INT_DIGITS)) return undefined
  const magnitude = toInt(readDigits(plain, radix))
  return sign === '-' ? toInt(-BigInt(magnitude)) : magnitude
}

function readDigits(digits: string, radix: number): bigint {
  if (radix === 10) return BigInt(digits)
  let value = 0n
  for (const c of digits) value = value * BigInt(radix) + BigInt(Number.parseInt(c, 36))
  return value
}

/** Python's `float(text)`; undefined for a text that is no number. */
export function parseFloatText(text: string): number | undefined {
  const bare = strip(text, undefined, true, true).toLowerCase()
  if (/^[-+]?nan$/.test(bare)) return NaN
  const infinite = /^([-+]?)inf(?:inity)?$/.exec(bare)
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity
  const digits = '\\d+(?:_\\d+)*'
  const pattern = new RegExp(
    `^[-+]?(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:e[-+]?${digits})?$`,
  )
  return pattern.test(bare) ? Number(bare.replaceAll('_', '')) : undefined
}
