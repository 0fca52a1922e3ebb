import { formatBraces } from './string-format.ts'
import { Dict } from './dict.ts'
import { iterate } from './iterate.ts'
import { method, type Method } from './method.ts'
import { requireInt, requireText, required } from './parameters.ts'
import {
  capitalize,
  caseFold,
  characters,
  lengthOf,
  pointOf,
  predicates,
  splitLines,
  swapCase,
  titleCase,
  unitOf,
} from './python-text.ts'
import type { Render } from './render.ts'
import { escapeHtml } from './escape-html.ts'
import { joinTexts, replaceText, splitText, stripText } from './text-operations.ts'
import { templateFault } from './template-fault.ts'
import { intOf, Markup, textLike, textOf, Tuple, typeName, type Value } from './values.ts'
import { isTrue } from './iterate.ts'

/** The text of `self`, of which its length is paid for. */
function own(render: Render, self: Value): string {
  const text = textOf(self)!
  render.budget.text(text.length)
  return text
}

/** An argument of Markup's methods is escaped. */
const argument = (render: Render, self: Value, value: Value, name: string): string => {
  const text = requireText(value, name)
  return self instanceof Markup ? escapeHtml(render, value) : text
}

const mapped = (name: string, change: (text: string) => string) =>
  [
    name,
    method(name, {}, (render, self) => textLike(self, render.changed(own(render, self), change))),
  ] as const

// Title case and its like look at neighbours, so they need to know what is meant.
const inContext = (name: string, change: (text: string) => string) =>
  [
    name,
    method(name, {}, (render, self) =>
      textLike(self, render.changedWhole(own(render, self), change)),
    ),
  ] as const

const stripping = (name: string, left: boolean, right: boolean) =>
  [
    name,
    method(name, { chars: null }, (render, self, chars) =>
      textLike(self, stripText(render, own(render, self), charsOf(chars!, name), left, right)),
    ),
  ] as const

function charsOf(value: Value, name: string): string | undefined {
  if (value === null) return undefined
  const text = textOf(value)
  if (text !== undefined) return text
  throw templateFault('TypeError', `${name} arg must be None or str`)
}

/** The stretch of `self` that optional `start` and `end` pick, in UTF-16 units; undefined when it is no stretch. */
function stretch(text: string, start: Value, end: Value): [from: number, to: number] | undefined {
  if (start === null && end === null) return [0, text.length]
  const length = lengthOf(text)
  const clamp = (value: Value, fallback: number) => {
    const index = value === null ? fallback : requireInt(value)
    return Math.min(length + 1, index < 0 ? Math.max(0, index + length) : index)
  }
  const from = clamp(start, 0)
  const to = Math.min(length, clamp(end, length))
  return from > to || from > length ? undefined : [unitOf(text, from), unitOf(text, to)]
}

const window = { start: null, end: null }

const finding = (name: string, last: boolean, strict: boolean) =>
  [
    name,
    method(name, { sub: required, ...window }, (render, self, sub, start, end) => {
      const text = own(render, self)
      const part = render.seen(requireText(sub!))
      const range = stretch(text, start!, end!)
      let at = -1
      if (range) {
        const seen = render.seen(text).slice(...range)
        at = last ? seen.lastIndexOf(part) : seen.indexOf(part)
        if (at >= 0) return pointOf(text, at + range[0])
      }
      if (strict) throw templateFault('ValueError', 'substring not found')
      return -1
    }),
  ] as const

const edge = (name: string, test: (text: string, part: string) => boolean) =>
  [
    name,
    method(name, { prefix: required, ...window }, (render, self, prefix, start, end) => {
      const text = textOf(self)!
      const range = stretch(text, start!, end!)
      const parts = prefix instanceof Tuple ? prefix.items : [prefix!]
      const wanted = parts.map((part) => {
        const found = textOf(part)
        if (found !== undefined) return render.seen(found)
        throw templateFault(
          'TypeError',
          `${name} first arg must be str or a tuple of str, not ${typeName(part)}`,
        )
      })
      if (!range) return false
      const seen = render.seen(text.slice(...range))
      return wanted.some((part) => test(seen, part))
    }),
  ] as const

const padding = (name: string, left: (missing: number, width: number) => number) =>
  [
    name,
    method(name, { width: required, fillchar: ' ' }, (render, self, width, fillchar) => {
      const text = own(render, self)
      const fill = argument(render, self, fillchar!, 'The fill character')
      if (characters(requireText(fillchar!)).length !== 1) {
        throw templateFault('TypeError', 'The fill character must be exactly one character long')
      }
      return textLike(self, pad(render, text, requireInt(width!), fill, left))
    }),
  ] as const

/** Fills `text` up to `width`. */
function pad(
  render: Render,
  text: string,
  width: number,
  fill: string,
  left: (missing: number, width: number) => number,
): string {
  const missing = width - lengthOf(text)
  if (missing <= 0) return text
  render.budget.text(text.length + missing * fill.length)
  const before = left(missing, width)
  return fill.repeat(before) + text + fill.repeat(missing - before)
}

/** `str.center`: the odd place goes left in an odd width. */
export const centerText = (render: Render, text: string, width: number): string =>
  pad(render, text, width, ' ', centered)

const centered = (missing: number, width: number) => (missing >> 1) + (missing & width & 1)

const splitting = (name: string, fromRight: boolean) =>
  [
    name,
    method(name, { sep: null, maxsplit: -1 }, (render, self, sep, maxsplit) => {
      const separator = sep === null ? undefined : requireText(sep!, 'sep')
      const parts = splitText(
        render,
        own(render, self),
        separator,
        requireInt(maxsplit!),
        fromRight,
      )
      return parts.map((part) => textLike(self, part))
    }),
  ] as const

const partitioning = (name: string, last: boolean) =>
  [
    name,
    method(name, { sep: required }, (render, self, sep) => {
      const text = own(render, self)
      const separator = render.seen(requireText(sep!))
      if (separator === '') throw templateFault('ValueError', 'empty separator')
      const seen = render.seen(text)
      const at = last ? seen.lastIndexOf(separator) : seen.indexOf(separator)
      const end = at + separator.length
      const parts =
        at >= 0
          ? [text.slice(0, at), text.slice(at, end), text.slice(end)]
          : last
            ? ['', '', text]
            : [text, '', '']
      return new Tuple(parts.map((part) => textLike(self, part)))
    }),
  ] as const

const removing = (name: string, test: 'startsWith' | 'endsWith') =>
  [
    name,
    method(name, { affix: required }, (render, self, affix) => {
      const text = own(render, self)
      const part = render.seen(requireText(affix!))
      if (part === '' || !render.seen(text)[test](part)) return self
      return textLike(
        self,
        test === 'startsWith' ? text.slice(part.length) : text.slice(0, text.length - part.length),
      )
    }),
  ] as const

const asking = Object.entries(predicates).map(
  ([name, test]) =>
    [name, method(name, {}, (render, self) => test(render.seen(own(render, self))))] as const,
)

const count = method('count', { sub: required, ...window }, (render, self, sub, start, end) => {
  const text = own(render, self)
  const part = render.seen(requireText(sub!))
  const range = stretch(text, start!, end!)
  if (!range) return 0
  const seen = render.seen(text.slice(...range))
  return part === '' ? lengthOf(seen) + 1 : seen.split(part).length - 1
})

const expandTabs = method('expandtabs', { tabsize: 8 }, (render, self, tabsize) => {
  const text = own(render, self)
  const size = Math.max(0, requireInt(tabsize!))
  render.budget.spend(text.length >> 3)
  let column = 0
  let result = ''
  for (const c of characters(text)) {
    const part =
      c === '\t' ? ' '.repeat(size === 0 ? 0 : checked(render, size) - (column % size)) : c
    column = c === '\n' || c === '\r' ? 0 : column + (c === '\t' ? part.length : 1)
    result += part
    render.budget.fit(result.length)
  }
  render.budget.text(result.length)
  return textLike(self, result)
})

function checked(render: Render, size: number): number {
  render.budget.fit(size)
  return size
}

const zeroFill = method('zfill', { width: required }, (render, self, width) => {
  const text = own(render, self)
  const sign = /^[+-]/.exec(text)?.[0] ?? ''
  const missing = requireInt(width!) - lengthOf(text)
  if (missing <= 0) return self
  render.budget.text(text.length + missing)
  return textLike(self, sign + '0'.repeat(missing) + text.slice(sign.length))
})

const translate = method('translate', { table: required }, (render, self, table) => {
  if (!(table instanceof Dict)) {
    throw templateFault('TypeError', `'${typeName(table!)}' object is not subscriptable`)
  }
  let result = ''
  for (const c of own(render, self)) {
    render.budget.spend(1)
    const value = table.get(c.codePointAt(0)!)
    const code = value === undefined || value === null ? undefined : intOf(value)
    if (value === undefined) result += c
    else if (code !== undefined) result += String.fromCodePoint(Number(code))
    else if (value !== null) result += requireText(value, 'character mapping')
    render.budget.fit(result.length)
  }
  return textLike(self, result)
})

/** Methods of str. */
export const stringMethods: ReadonlyMap<string, Method | 'unsafe'> = new Map<
  string,
  Method | 'unsafe'
>([
  mapped('upper', (text) => text.toUpperCase()),
  mapped('lower', (text) => text.toLowerCase()),
  mapped('casefold', caseFold),
  mapped('swapcase', swapCase),
  inContext('capitalize', capitalize),
  inContext('title', titleCase),
  stripping('strip', true, true),
  stripping('lstrip', true, false),
  stripping('rstrip', false, true),
  finding('find', false, false),
  finding('rfind', true, false),
  finding('index', false, true),
  finding('rindex', true, true),
  edge('startswith', (text, part) => text.startsWith(part)),
  edge('endswith', (text, part) => text.endsWith(part)),
  padding('ljust', () => 0),
  padding('rjust', (missing) => missing),
  padding('center', centered),
  splitting('split', false),
  splitting('rsplit', true),
  partitioning('partition', false),
  partitioning('rpartition', true),
  removing('removeprefix', 'startsWith'),
  removing('removesuffix', 'endsWith'),
  ...asking,
  ['count', count],
  ['expandtabs', expandTabs],
  ['zfill', zeroFill],
  ['translate', translate],
  [
    'splitlines',
    method('splitlines', { keepends: false }, (render, self, keepends) => {
      const lines = splitLines(own(render, self), isTrue(render, keepends!))
      render.budget.items(4 * lines.length)
      return lines.map((line) => textLike(self, line))
    }),
  ],
  [
    'replace',
    method(
      'replace',
      { old: required, new: required, count: -1 },
      (render, self, old, by, times) => {
        const text = own(render, self)
        const replacement = argument(render, self, by!, 'replace() argument 2')
        const part = requireText(old!, 'replace() argument 1')
        return textLike(self, replaceText(render, text, part, replacement, requireInt(times!)))
      },
    ),
  ],
  [
    'join',
    method('join', { iterable: required }, (render, self, iterable) => {
      const escape = self instanceof Markup
      const parts: string[] = []
      for (const item of iterate(render, iterable!)) {
        const text = escape ? escapeHtml(render, item) : textOf(item)
        if (text === undefined) {
          throw templateFault(
            'TypeError',
            `sequence item ${parts.length}: expected str instance, ${typeName(item)} found`,
          )
        }
        parts.push(text)
      }
      return textLike(self, joinTexts(render, own(render, self), parts))
    }),
  ],
  [
    'format',
    (render, self, args, keywords) => textLike(self, formatBraces(render, self, args, keywords)),
  ],
  [
    'format_map',
    method('format_map', { mapping: required }, (render, self, mapping) => {
      if (mapping instanceof Dict) return textLike(self, formatBraces(render, self, [], mapping))
      throw templateFault('TypeError', `'${typeName(mapping!)}' object is not subscriptable`)
    }),
  ],
])
