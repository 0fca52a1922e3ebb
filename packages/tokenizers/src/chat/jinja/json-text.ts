import { floatText } from './decimal.ts'
import { Dict } from './dict.ts'
import { isOrdered } from './compare.ts'
import type { Render } from './render.ts'
import { represent } from './represent.ts'
import { sortValues } from './sort.ts'
import { templateFault } from './template-fault.ts'
import { Float, intOf, isList, textOf, Tuple, typeName, type Value } from './values.ts'

/** Options of Python's `json.dumps`, as far as chat templates have them. */
export interface JsonStyle {
  readonly ensureAscii: boolean
  /** What each level is indented with; undefined means all on one line. */
  readonly indent: string | undefined
  readonly itemSeparator: string
  readonly keySeparator: string
  readonly sortKeys: boolean
}

/** Python's `json.dumps(value)`. */
export function toJson(render: Render, value: Value, style: JsonStyle): string {
  return write(render, value, style, '\n')
}

function write(render: Render, value: Value, style: JsonStyle, newline: string): string {
  render.budget.spend(4)
  const text = textOf(value)
  if (text !== undefined) return jsonString(render, text, style.ensureAscii)
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Float) return jsonFloat(value.value)
  if (intOf(value) !== undefined) return represent(render, value)
  return render.budget.nested(() => {
    const inner = style.indent === undefined ? newline : newline + style.indent
    if (isList(value) || value instanceof Tuple) {
      const items = isList(value) ? value : value.items
      const parts = items.map((item) => write(render, item, style, inner))
      return enclose(render, '[', parts, ']', style, newline)
    }
    if (value instanceof Dict) {
      const parts = entriesOf(render, value, style).map(
        ([key, item]) =>
          jsonString(render, keyText(render, key), style.ensureAscii) +
          style.keySeparator +
          write(render, item, style, inner),
      )
      return enclose(render, '{', parts, '}', style, newline)
    }
    throw templateFault('TypeError', `Object of type ${typeName(value)} is not JSON serializable`)
  })
}

function enclose(
  render: Render,
  open: string,
  parts: readonly string[],
  close: string,
  { indent, itemSeparator }: JsonStyle,
  newline: string,
): string {
  if (parts.length === 0) return open + close
  const inner = indent === undefined ? '' : newline + indent
  const joint = itemSeparator + inner
  let length = inner.length + newline.length + 2 + joint.length * (parts.length - 1)
  for (const part of parts) length += part.length
  render.budget.text(length)
  return open + inner + parts.join(joint) + (indent === undefined ? '' : newline) + close
}

function entriesOf(
  render: Render,
  dict: Dict,
  { sortKeys }: JsonStyle,
): (readonly [key: Value, value: Value])[] {
  render.budget.items(dict.size)
  const entries = [...dict.entries()]
  if (!sortKeys) return entries
  return sortValues(render, entries, (a, b) => isOrdered(render, '<', a[0], b[0]), false)
}

function keyText(render: Render, key: Value): string {
  const text = textOf(key)
  if (text !== undefined) return text
  if (key === null) return 'null'
  if (typeof key === 'boolean') return String(key)
  if (key instanceof Float) return jsonFloat(key.value)
  if (intOf(key) !== undefined) return represent(render, key)
  throw templateFault(
    'TypeError',
    `keys must be str, int, float, bool or None, not ${typeName(key)}`,
  )
}

function jsonFloat(value: number): string {
  if (Number.isFinite(value)) return floatText(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

const shortEscapes: { readonly [character: string]: string } = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
}

const unicodeEscape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

function jsonString(render: Render, text: string, ensureAscii: boolean): string {
  render.budget.spend(text.length >> 4)
  const { disguise } = render
  const special = ensureAscii ? /[^ !#-[\]-~]/g : /[\0-\x1f"\\]/g
  const escape = (found: string) => shortEscapes[found] ?? unicodeEscape(found)
  if (!disguise || disguise.seen(text) === text) return `"${text.replaceAll(special, escape)}"`
  // A character in disguise is escaped when the one that is meant would be, and else stays in disguise.
  const body = Array.from(text, (c) => {
    if (!disguise.isStand(c)) return c.replaceAll(special, escape)
    const meant = disguise.seen(c)
    const written = meant.replaceAll(special, escape)
    if (written === meant) return c
    return written === `\\${meant}` ? `\\${c}` : written
  })
  return `"${body.join('')}"`
}
