import { asciiOnly } from './percent-format.ts'
import { lookUp } from './compare.ts'
import { Dict } from './dict.ts'
import { escapeHtml } from './escape-html.ts'
import { formatValue } from './format-spec.ts'
import type { Render } from './render.ts'
import { represent, toText } from './represent.ts'
import { templateFault } from './template-fault.ts'
import { Markup, textOf, type Keywords, type Value } from './values.ts'

/** Where the values of `{0}` and `{name}` come from. */
interface Source {
  readonly args: readonly Value[]
  readonly named: (name: string) => Value | undefined
  /** The number of the next `{}`; undefined once fields were numbered by hand. */
  automatic: number | undefined
}

/** `str.format` as the sandbox has it: fields reach only what templates may reach anyway. */
export function formatBraces(
  render: Render,
  template: Value,
  args: readonly Value[],
  keywords: Keywords | Dict,
): string {
  const source: Source = {
    args,
    named: (name) =>
      keywords instanceof Dict ? lookUp(render, keywords, name) : keywords.get(name),
    automatic: 0,
  }
  return formatFields(render, textOf(template)!, source, template instanceof Markup, 2)
}

function formatFields(
  render: Render,
  text: string,
  source: Source,
  markup: boolean,
  levels: number,
): string {
  if (levels === 0) throw templateFault('ValueError', 'Max string recursion exceeded')
  const seen = render.seen(text)
  let result = ''
  let start = 0
  for (let i = 0; i < seen.length; ) {
    const character = seen[i]!
    if (character !== '{' && character !== '}') {
      i++
      continue
    }
    result += text.slice(start, i)
    if (seen[i + 1] === character) {
      result += character
      i += 2
      start = i
      continue
    }
    if (character === '}') {
      throw templateFault('ValueError', "Single '}' encountered in format string")
    }
    const end = fieldEnd(seen, i + 1)
    result += formatField(render, seen.slice(i + 1, end), source, markup, levels)
    render.budget.text(result.length)
    i = end + 1
    start = i
  }
  return result + text.slice(start)
}

function fieldEnd(text: string, start: number): number {
  let depth = 1
  let inIndex = false
  for (let i = start; i < text.length; i++) {
    const character = text[i]
    if (character === '[') inIndex = true
    else if (character === ']') inIndex = false
    else if (!inIndex && character === '{') depth++
    else if (!inIndex && character === '}' && --depth === 0) return i
  }
  throw templateFault('ValueError', "expected '}' before end of string")
}

function formatField(
  render: Render,
  field: string,
  source: Source,
  markup: boolean,
  levels: number,
): string {
  render.budget.spend(1)
  const match = /^((?:[^[!:]|\[[^\]]*\])*)(?:!([\s\S]?))?(?::([\s\S]*))?$/.exec(field)
  if (!match) throw templateFault('ValueError', "expected ':' after conversion specifier")
  const [, path = '', conversion, specText = ''] = match
  const value = convert(render, readPath(render, path, source), conversion)
  const spec = specText.includes('{')
    ? formatFields(render, specText, source, false, levels - 1)
    : specText
  if (!markup) return formatValue(render, value, spec)
  if (value instanceof Markup && spec !== '') {
    throw templateFault('ValueError', 'Unsupported format specification for Markup.')
  }
  return value instanceof Markup ? value.text : escapeHtml(render, formatValue(render, value, spec))
}

function convert(render: Render, value: Value, conversion: string | undefined): Value {
  switch (conversion) {
    case undefined:
      return value
    case 's':
      return toText(render, value)
    case 'r':
      return represent(render, value)
    case 'a':
      return asciiOnly(represent(render, value))
  }
  throw templateFault('ValueError', `Unknown conversion specifier ${conversion || 'end of string'}`)
}

function readPath(render: Render, path: string, source: Source): Value {
  const [first = ''] = /^[^.[]*/.exec(path)!
  let value = readFirst(render, first, source)
  let at = first.length
  while (at < path.length) {
    const part = /^(?:\.([^.[]+)|\[([^\]]+)\])/.exec(path.slice(at, at + 4096))
    if (!part) throw templateFault('ValueError', 'Empty attribute in format string')
    const [all, attribute, index] = part
    if (attribute !== undefined) value = render.language.attribute(render, value, attribute)
    else
      value = render.language.item(
        render,
        value,
        /^\d{1,15}$/.test(index!) ? Number(index) : index!,
      )
    at += all.length
  }
  return value
}

function readFirst(render: Render, name: string, source: Source): Value {
  if (name === '' || /^\d+$/.test(name)) {
    const { automatic } = source
    if (name === '' ? automatic === undefined : automatic !== undefined && automatic > 0) {
      throw templateFault(
        'ValueError',
        'cannot switch between manual field specification and automatic field numbering',
      )
    }
    const index = name === '' ? automatic! : Number(name)
    source.automatic = name === '' ? index + 1 : undefined
    const value = source.args[index]
    if (value !== undefined) return value
    throw templateFault(
      'IndexError',
      `Replacement index ${index} out of range for positional args tuple`,
    )
  }
  const value = source.named(name)
  if (value !== undefined) return value
  throw templateFault('KeyError', represent(render, name))
}
