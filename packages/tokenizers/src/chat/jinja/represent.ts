import { floatText } from './decimal.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'
import { Float, isList, Markup, Tuple, Undefined, type Value } from './values.ts'

/** Python refuses to print longer ints, because that takes quadratic time. */
export const MAX_INT_DIGITS = 4300

/** Python's `str(value)`. */
export function toText(render: Render, value: Value): string {
  if (typeof value === 'string') return value
  if (value instanceof Markup) return value.text
  if (value instanceof Undefined) return ''
  return represent(render, value)
}

/** Python's `repr(value)`. */
export function represent(render: Render, value: Value): string {
  render.budget.spend(4)
  if (value === null) return 'None'
  switch (typeof value) {
    case 'boolean':
      return value ? 'True' : 'False'
    case 'number':
      return String(value)
    case 'bigint':
      return bigIntText(value)
    case 'string':
      return quoted(render, value)
  }
  if (value instanceof Float) return floatText(value.value)
  if (value instanceof Markup) return `Markup(${quoted(render, value.text)})`
  if (value instanceof Undefined) return 'Undefined'
  const text = render.budget.nested(() => {
    if (value instanceof Tuple) {
      const { items } = value
      return items.length === 1
        ? `(${represent(render, items[0]!)},)`
        : `(${representItems(render, items)})`
    }
    return isList(value) ? `[${representItems(render, value)}]` : value.represent(render)
  })
  render.budget.text(text.length)
  return text
}

/** The items' representations with commas between. */
export function representItems(render: Render, items: Iterable<Value>): string {
  const parts: string[] = []
  let length = 0
  for (const item of items) {
    const part = represent(render, item)
    length += part.length + 2
    render.budget.text(length)
    parts.push(part)
  }
  return parts.join(', ')
}

function bigIntText(value: bigint): string {
  // 10^4300 has 14285 bits; printing is only tried near that.
  const tooLong = templateFault(
    'ValueError',
    `Exceeds the limit (${MAX_INT_DIGITS} digits) for integer string conversion`,
  )
  if (value.toString(16).length > 3572) throw tooLong
  const text = value.toString()
  if (text.length - (value < 0n ? 1 : 0) > MAX_INT_DIGITS) throw tooLong
  return text
}

const escapes = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\\', '\\\\'],
])

// Python prints these as they are; other separators, control characters and unassigned ones it escapes.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\\]|(?! )\p{Zs}/gu

/** A str as Python writes it in source code. */
export function quoted(render: Render, text: string): string {
  render.budget.spend(text.length >> 3)
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let body = text.replaceAll(
    unprintable,
    (found) => escapes.get(found) ?? render.showEscaped(found),
  )
  if (quote === "'") body = body.replaceAll("'", "\\'")
  return quote + body + quote
}

/** A character as an escape of a Python literal. */
export function pythonEscape(character: string): string {
  const code = character.codePointAt(0)!
  const hex = code.toString(16)
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
