import { Dict } from './dict.ts'
import { escapeHtml } from './escape-html.ts'
import { isTrue, itemsOf, iterate, toList } from './iterate.ts'
import { linkUrls } from './link-urls.ts'
import { method, type Method } from './method.ts'
import { requireInt, requireText } from './parameters.ts'
import type { Render } from './render.ts'
import { quoted, toText } from './represent.ts'
import { stripTags } from './strip-tags.ts'
import { joinTexts } from './text-operations.ts'
import { templateFault } from './template-fault.ts'
import { Markup, textOf, typeName, Undefined, type Value } from './values.ts'

const escape = (name: string) =>
  [name, method(name, {}, (render, value) => new Markup(escapeHtml(render, value)))] as const

function attributes(render: Render, value: Value, autospace: boolean): Value {
  if (value instanceof Undefined) throw value.fault()
  if (!(value instanceof Dict)) {
    throw templateFault('AttributeError', `'${typeName(value)}' object has no attribute 'items'`)
  }
  const parts: string[] = []
  for (const [key, item] of value.entries()) {
    render.budget.spend(1)
    if (item === null || item instanceof Undefined) continue
    const name = requireText(key, 'attribute name')
    if (/[\t-\r />=]/.test(name)) {
      const shown = quoted(render, name)
      throw templateFault('ValueError', `Invalid character in attribute name: ${shown}`)
    }
    parts.push(`${escapeHtml(render, key)}="${escapeHtml(render, item)}"`)
  }
  const text = (autospace && parts.length > 0 ? ' ' : '') + joinTexts(render, ' ', parts)
  return render.autoescape ? new Markup(text) : text
}

const unreserved = /[A-Za-z0-9_.~-]/

/** Percent-encoding of a value's text; in a query a slash is encoded too, and a space is a plus. */
function quoteUrl(render: Render, value: Value, inQuery: boolean): string {
  const text = render.seen(toText(render, value))
  render.budget.text(text.length * 3)
  render.budget.spend(text.length >> 2)
  let quotedText = ''
  for (const byte of new TextEncoder().encode(text)) {
    const c = String.fromCharCode(byte)
    if (unreserved.test(c) || (c === '/' && !inQuery)) quotedText += c
    else if (c === ' ' && inQuery) quotedText += '+'
    else quotedText += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return quotedText
}

function urlEncode(render: Render, value: Value): Value {
  const isPlain = textOf(value) !== undefined || itemsOf(render, value) === undefined
  if (isPlain) return quoteUrl(render, value, false)
  const pairs = value instanceof Dict ? value.entries() : pairsOf(render, value)
  const parts: string[] = []
  for (const [key, item] of pairs) {
    parts.push(`${quoteUrl(render, key, true)}=${quoteUrl(render, item, true)}`)
  }
  return joinTexts(render, '&', parts)
}

function* pairsOf(render: Render, value: Value): Iterable<readonly [Value, Value]> {
  for (const pair of iterate(render, value)) {
    const [key, item, ...rest] = toList(render, pair)
    if (key === undefined || item === undefined || rest.length > 0) {
      throw templateFault('ValueError', 'pairs must have 2 items')
    }
    yield [key, item]
  }
}

/** Filters of HTML and URLs. */
export const markupFilters: readonly (readonly [name: string, filter: Method])[] = [
  escape('e'),
  escape('escape'),
  [
    'forceescape',
    method('forceescape', {}, (render, value) => {
      return new Markup(escapeHtml(render, toText(render, value)))
    }),
  ],
  [
    'safe',
    method('safe', {}, (render, value) => {
      return value instanceof Markup ? value : new Markup(toText(render, value))
    }),
  ],
  [
    'striptags',
    method('striptags', {}, (render, value) => {
      const text = toText(render, value)
      render.budget.spend(text.length >> 2)
      return stripTags(render, text)
    }),
  ],
  [
    'xmlattr',
    method('xmlattr', { autospace: true }, (render, value, autospace) =>
      attributes(render, value, isTrue(render, autospace!)),
    ),
  ],
  ['urlencode', method('urlencode', {}, urlEncode)],
  [
    'urlize',
    method(
      'urlize',
      { trim_url_limit: null, nofollow: false, target: null, rel: null, extra_schemes: null },
      (render, value, limit, nofollow, target, rel, schemes) => {
        const names = rel === null ? [] : requireText(rel!, 'rel').split(/\s+/).filter(Boolean)
        if (isTrue(render, nofollow!)) names.push('nofollow')
        const html = escapeHtml(render, value)
        render.budget.spend(html.length >> 2)
        const linked = linkUrls(html, {
          limit: limit === null ? Infinity : requireInt(limit!),
          rel: [...new Set([...names, 'noopener'])].sort().join(' '),
          target: target === null ? undefined : escapeHtml(render, target!),
          schemes:
            schemes === null
              ? []
              : toList(render, schemes!).map((scheme) => requireText(scheme, 'scheme')),
        })
        render.budget.text(linked.length)
        return render.autoescape ? new Markup(linked) : linked
      },
    ),
  ],
]
