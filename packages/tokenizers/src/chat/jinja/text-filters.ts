import { iterate, isTrue, requireSize } from './iterate.ts'
import { method, type Method } from './method.ts'
import { requireInt, requireText, required } from './parameters.ts'
import { formatPercent } from './percent-format.ts'
import { capitalize, lengthOf, sliceText, SPACE, splitLines } from './python-text.ts'
import type { Render } from './render.ts'
import { toText } from './represent.ts'
import { centerText } from './string-methods.ts'
import { joinTexts, replaceText, splitText, stripText } from './text-operations.ts'
import { templateFault } from './template-fault.ts'
import { escapeHtml } from './escape-html.ts'
import { attributeGetter } from './attribute-path.ts'
import { wrapText } from './wrap-text.ts'
import { Dict } from './dict.ts'
import { Markup, textLike, textOf, Tuple, Undefined, type Value } from './values.ts'

/** The text of anything; Markup keeps being Markup in `textLike(value, ...)`. */
function softText(render: Render, value: Value): string {
  const text = toText(render, value)
  render.budget.text(text.length)
  return text
}

const mapped = (name: string, change: (text: string) => string) =>
  [
    name,
    method(name, {}, (render, value) =>
      textLike(value, render.changed(softText(render, value), change)),
    ),
  ] as const

const wordStart = new RegExp(`([-${SPACE}({[<]+)`)

/** A capital for the first character of each part, lower case for the rest; parts end at spaces and brackets. */
function titleParts(text: string): string {
  return text
    .split(wordStart)
    .map((part) => {
      const size = part !== '' && part.codePointAt(0)! > 0xffff ? 2 : 1
      return part.slice(0, size).toUpperCase() + part.slice(size).toLowerCase()
    })
    .join('')
}

function replaceFilter(render: Render, value: Value, old: Value, by: Value, count: Value): Value {
  const times = count === null ? -1 : requireInt(count)
  const text = softText(render, value)
  if (!render.autoescape) {
    return replaceText(render, text, toText(render, old), toText(render, by), times)
  }
  const isMarkup = old instanceof Markup || (by instanceof Markup && !(value instanceof Markup))
  const source = isMarkup ? escapeHtml(render, value) : text
  const replacement =
    isMarkup || value instanceof Markup ? escapeHtml(render, by) : toText(render, by)
  const result = replaceText(render, source, toText(render, old), replacement, times)
  return isMarkup ? new Markup(result) : textLike(value, result)
}

function truncate(
  render: Render,
  value: Value,
  length: number,
  killWords: boolean,
  end: string,
  leeway: number,
): Value {
  const room = length - lengthOf(end)
  if (room < 0) {
    throw templateFault('AssertionError', `expected length >= ${lengthOf(end)}, got ${length}`)
  }
  if (leeway < 0) throw templateFault('AssertionError', `expected leeway >= 0, got ${leeway}`)
  if (requireSize(render, value) <= length + leeway) return value
  const text = requireText(value, 'truncated value')
  render.budget.text(text.length)
  const cut = sliceText(text, 0, room)
  return textLike(value, (killWords ? cut : splitText(render, cut, ' ', 1, true)[0]!) + end)
}

function indent(render: Render, value: Value, width: Value, first: boolean, blank: boolean): Value {
  if (value instanceof Undefined) throw value.fault()
  const text = requireText(value, 'indented value')
  const named = textOf(width)
  const spaces = named === undefined ? requireInt(width) : 0
  render.budget.text(spaces)
  const indention = named ?? ' '.repeat(Math.max(0, spaces))
  const lines = splitLines(`${text}\n`, false)
  render.budget.items(4 * lines.length)
  render.budget.text(text.length + indention.length * lines.length)
  const indented = lines.map((line, i) =>
    i === 0 ? (first ? indention + line : line) : blank || line !== '' ? indention + line : line,
  )
  return textLike(value, indented.join('\n'))
}

function join(render: Render, value: Value, separator: Value, attribute: Value): Value {
  const get = attribute === null ? undefined : attributeGetter(render, attribute)
  const items: Value[] = []
  for (const item of iterate(render, value)) items.push(get ? get(item) : item)
  const escape =
    render.autoescape &&
    (separator instanceof Markup || items.some((item) => item instanceof Markup))
  const text = escape
    ? (part: Value) => escapeHtml(render, part)
    : (part: Value) => toText(render, part)
  const joined = joinTexts(render, text(separator), items.map(text))
  return escape ? new Markup(joined) : joined
}

const format: Method = (render, value, args, keywords) => {
  if (args.length > 0 && keywords.size > 0) {
    throw templateFault(
      'FilterArgumentError',
      "can't handle positional and keyword arguments at the same time",
    )
  }
  const named = new Dict()
  for (const [key, item] of keywords) named.set(key, item)
  const template = value instanceof Markup ? value : softText(render, value)
  return textLike(
    value,
    formatPercent(render, template, keywords.size > 0 ? named : new Tuple(args)),
  )
}

/** Filters that make text of text. */
export const textFilters: readonly (readonly [name: string, filter: Method])[] = [
  mapped('upper', (text) => text.toUpperCase()),
  mapped('lower', (text) => text.toLowerCase()),
  ['capitalize', whole('capitalize', capitalize)],
  ['title', whole('title', titleParts)],
  [
    'string',
    method('string', {}, (render, value) =>
      value instanceof Markup ? value : softText(render, value),
    ),
  ],
  [
    'trim',
    method('trim', { chars: null }, (render, value, chars) => {
      const set = chars === null ? undefined : requireText(chars!, 'strip arg')
      return textLike(value, stripText(render, softText(render, value), set, true, true))
    }),
  ],
  [
    'replace',
    method('replace', { old: required, new: required, count: null }, (render, value, ...args) =>
      replaceFilter(render, value, args[0]!, args[1]!, args[2]!),
    ),
  ],
  [
    'truncate',
    method(
      'truncate',
      { length: 255, killwords: false, end: '...', leeway: null },
      (render, value, length, killWords, end, leeway) =>
        truncate(
          render,
          value,
          requireInt(length!),
          isTrue(render, killWords!),
          requireText(end!, 'end'),
          leeway === null ? 5 : requireInt(leeway!),
        ),
    ),
  ],
  [
    'wordcount',
    method('wordcount', {}, (render, value) => {
      const text = render.seen(softText(render, value))
      render.budget.spend(text.length >> 2)
      return text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0
    }),
  ],
  [
    'wordwrap',
    method(
      'wordwrap',
      { width: 79, break_long_words: true, wrapstring: null, break_on_hyphens: true },
      (render, value, width, long, wrapstring, hyphens) => {
        if (value instanceof Undefined) throw value.fault()
        const text = requireText(value, 'wrapped value')
        const joint = wrapstring === null ? '\n' : requireText(wrapstring!, 'wrapstring')
        const style = {
          width: requireInt(width!),
          breakLongWords: isTrue(render, long!),
          breakOnHyphens: isTrue(render, hyphens!),
        }
        const lines = splitLines(text, false).map((line) =>
          joinTexts(render, joint, wrapText(render, line, style)),
        )
        return textLike(value, joinTexts(render, joint, lines))
      },
    ),
  ],
  [
    'center',
    method('center', { width: 80 }, (render, value, width) =>
      textLike(value, centerText(render, softText(render, value), requireInt(width!))),
    ),
  ],
  [
    'indent',
    method(
      'indent',
      { width: 4, first: false, blank: false },
      (render, value, width, first, blank) =>
        indent(render, value, width!, isTrue(render, first!), isTrue(render, blank!)),
    ),
  ],
  [
    'join',
    method('join', { d: '', attribute: null }, (render, value, separator, attribute) =>
      join(render, value, separator!, attribute!),
    ),
  ],
  ['format', format],
]

function whole(name: string, change: (text: string) => string): Method {
  return method(name, {}, (render, value) => {
    const text = softText(render, value)
    render.budget.spend(text.length >> 2)
    return textLike(value, render.changedWhole(text, change))
  })
}
