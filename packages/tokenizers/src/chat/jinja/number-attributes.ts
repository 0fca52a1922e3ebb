import { bitLength } from './arithmetic.ts'
import { callable } from './parameters.ts'
import { Float, intOf, type Value } from './values.ts'

/** Attributes of ints and floats; undefined when there is none of that name. */
export function numberAttribute(value: Value, name: string): Value | undefined {
  const int = intOf(value)
  switch (name) {
    case 'real':
      return int ?? value
    case 'imag':
      return int === undefined ? new Float(0) : 0
    case 'conjugate':
      return callable(name, {}, () => int ?? value)
    case 'is_integer':
      return callable(name, {}, () =>
        value instanceof Float ? Number.isInteger(value.value) : true,
      )
  }
  if (int === undefined) return undefined
  if (name === 'numerator') return int
  if (name === 'denominator') return 1
  return name === 'bit_length' ? callable(name, {}, () => bitLength(BigInt(int))) : undefined
}
