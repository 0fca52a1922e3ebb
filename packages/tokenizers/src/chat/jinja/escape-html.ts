import type { Render } from './render.ts'
import { toText } from './represent.ts'
import { Markup, type Value } from './values.ts'

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '>': '&gt;',
  '<': '&lt;',
  "'": '&#39;',
  '"': '&#34;',
}

/** The text as HTML; Markup is HTML already. */
export function escapeHtml(render: Render, value: Value): string {
  if (value instanceof Markup) return value.text
  const text = toText(render, value)
  render.budget.spend(text.length >> 3)
  const escaped = render.seen(text) === text ? escapeText(text) : escapeDisguised(render, text)
  render.budget.text(escaped.length)
  return escaped
}

const escapeText = (text: string) => text.replaceAll(/[&<>'"]/g, (found) => entities[found]!)

// An entity is no control token any more, so nothing needs to stand for it.
const escapeDisguised = (render: Render, text: string) =>
  Array.from(text, (c) => entities[render.seen(c)] ?? c).join('')
