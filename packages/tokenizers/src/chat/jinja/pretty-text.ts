// Python's pprint.pformat: what does not fit on a line of 80 is broken up, keys are sorted.
import { Dict } from './dict.ts'
import { isOrdered } from './compare.ts'
import { lengthOf } from './python-text.ts'
import type { Render } from './render.ts'
import { represent } from './represent.ts'
import { sortValues } from './sort.ts'
import { isList, textOf, Tuple, type Value } from './values.ts'

const WIDTH = 80

/** `pprint.pformat(value)`. */
export function prettyText(render: Render, value: Value): string {
  return pretty(render, value, 0, 0, 1)
}

/** The text of a value that begins in column `indent` and is followed by `allowance` characters. */
function pretty(
  render: Render,
  value: Value,
  indent: number,
  allowance: number,
  level: number,
): string {
  render.budget.spend(8)
  const line = sortedText(render, value)
  if (lengthOf(line) <= WIDTH - indent - allowance) return line
  return render.budget.nested(() => {
    if (value instanceof Dict && value.size > 0) {
      const inner = indent + 1
      const lines = sortedEntries(render, value).map(([key, item], i, all) => {
        const name = sortedText(render, key)
        const after = i === all.length - 1 ? allowance + 1 : 1
        return `${name}: ${pretty(render, item, inner + lengthOf(name) + 2, after, level + 1)}`
      })
      return `{${lines.join(`,\n${' '.repeat(inner)}`)}}`
    }
    const items = isList(value) ? value : value instanceof Tuple ? value.items : undefined
    if (items && items.length > 0) {
      const end = value instanceof Tuple ? (items.length === 1 ? ',)' : ')') : ']'
      const lines = items.map((item, i) =>
        pretty(
          render,
          item,
          indent + 1,
          i === items.length - 1 ? allowance + end.length : 1,
          level + 1,
        ),
      )
      return (isList(value) ? '[' : '(') + lines.join(`,\n${' '.repeat(indent + 1)}`) + end
    }
    const text = textOf(value)
    return text === undefined || typeof value !== 'string'
      ? line
      : prettyString(render, text, indent, allowance, level)
  })
}

/** A long str as several literals, one below the other, cut at line ends and between words. */
function prettyString(
  render: Render,
  text: string,
  column: number,
  allowance: number,
  level: number,
): string {
  const [indent, after] = level === 1 ? [column + 1, allowance + 1] : [column, allowance]
  const chunks: string[] = []
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  lines.forEach((line, i) => {
    const whole = represent(render, line)
    const room = WIDTH - indent - (i === lines.length - 1 ? after : 0)
    if (lengthOf(whole) <= room) {
      chunks.push(whole)
      return
    }
    let current = ''
    const words = line.match(/\S*\s*/g)!.filter((word) => word !== '')
    words.forEach((word, j) => {
      const isLast = i === lines.length - 1 && j === words.length - 1
      const longest = WIDTH - indent - (isLast ? after : 0)
      if (lengthOf(represent(render, current + word)) > longest) {
        if (current !== '') chunks.push(represent(render, current))
        current = word
      } else current += word
    })
    if (current !== '') chunks.push(represent(render, current))
  })
  if (chunks.length <= 1) return represent(render, text)
  const joined = chunks.join(`\n${' '.repeat(indent)}`)
  return level === 1 ? `(${joined})` : joined
}

function sortedEntries(render: Render, dict: Dict): (readonly [key: Value, value: Value])[] {
  return sortValues(render, [...dict.entries()], ([a], [b]) => comesBefore(render, a, b), false)
}

// Keys without an order of their own are ordered by their types, as pprint does.
function comesBefore(render: Render, a: Value, b: Value): boolean {
  const comparable =
    (textOf(a) !== undefined) === (textOf(b) !== undefined) && a !== null && b !== null
  if (comparable && typeof a === typeof b && typeof a !== 'object')
    return isOrdered(render, '<', a, b)
  return String(typeof a) < String(typeof b)
}

/** The representation on one line, with the keys of dicts sorted. */
function sortedText(render: Render, value: Value): string {
  render.budget.spend(4)
  if (value instanceof Dict) {
    return render.budget.nested(() => {
      const parts = sortedEntries(render, value).map(
        ([key, item]) => `${sortedText(render, key)}: ${sortedText(render, item)}`,
      )
      const text = `{${parts.join(', ')}}`
      render.budget.text(text.length)
      return text
    })
  }
  const items = isList(value) ? value : value instanceof Tuple ? value.items : undefined
  if (!items) return represent(render, value)
  return render.budget.nested(() => {
    const text = items.map((item) => sortedText(render, item)).join(', ')
    render.budget.text(text.length)
    if (isList(value)) return `[${text}]`
    return items.length === 1 ? `(${text},)` : `(${text})`
  })
}
