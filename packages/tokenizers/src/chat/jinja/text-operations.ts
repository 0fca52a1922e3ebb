import { characters, isSpace, strip } from './python-text.ts'
import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'

/** `separator.join(parts)`. */
export function joinTexts(render: Render, separator: string, parts: readonly string[]): string {
  let length = separator.length * Math.max(0, parts.length - 1)
  for (const part of parts) length += part.length
  render.budget.text(length)
  return parts.join(separator)
}

/** `text.replace(part, by, count)`; a negative count means all. */
export function replaceText(
  render: Render,
  text: string,
  part: string,
  by: string,
  count: number,
): string {
  const seen = render.seen(text)
  const wanted = render.seen(part)
  if (wanted === '') return interleave(render, text, by, count)
  let result = ''
  let end = 0
  for (let left = count; left !== 0; left--) {
    const at = seen.indexOf(wanted, end)
    if (at < 0) break
    result += text.slice(end, at) + by
    end = at + wanted.length
    render.budget.spend(1)
    render.budget.fit(result.length)
  }
  render.budget.text(result.length + text.length - end)
  return result + text.slice(end)
}

// Nothing is found between all characters and at both ends.
function interleave(render: Render, text: string, by: string, count: number): string {
  const points = Array.from(characters(text))
  const places = count < 0 ? points.length + 1 : Math.min(count, points.length + 1)
  render.budget.text(text.length + places * by.length)
  const parts = points.map((c, i) => (i < places ? by + c : c))
  return parts.join('') + (places > points.length ? by : '')
}

/** `text.split(separator, limit)`, or `rsplit`; a negative limit means none. */
export function splitText(
  render: Render,
  text: string,
  separator: string | undefined,
  limit: number,
  fromRight: boolean,
): string[] {
  const seen = render.seen(text)
  const most = limit < 0 ? Infinity : limit
  const bounds =
    separator === undefined
      ? fromRight
        ? wordsFromRight(render, seen, most)
        : words(render, seen, most)
      : between(render, seen, render.seen(separator), most, fromRight)
  return bounds.map(([start, end]) => text.slice(start, end))
}

type Bounds = [start: number, end: number]

function words(render: Render, text: string, limit: number): Bounds[] {
  const found: Bounds[] = []
  for (let i = 0; ; ) {
    while (i < text.length && isSpace(text[i]!)) i++
    if (i >= text.length) return found
    const start = i
    // What is left beyond the limit keeps its white space.
    if (found.length >= limit) i = text.length
    while (i < text.length && !isSpace(text[i]!)) i++
    found.push([start, i])
    render.budget.spend(4)
  }
}

function wordsFromRight(render: Render, text: string, limit: number): Bounds[] {
  const found: Bounds[] = []
  for (let i = text.length; ; ) {
    while (i > 0 && isSpace(text[i - 1]!)) i--
    if (i <= 0) return found.reverse()
    const end = i
    if (found.length >= limit) i = 0
    while (i > 0 && !isSpace(text[i - 1]!)) i--
    found.push([i, end])
    render.budget.spend(4)
  }
}

function between(
  render: Render,
  text: string,
  separator: string,
  limit: number,
  fromRight: boolean,
): Bounds[] {
  if (separator === '') throw templateFault('ValueError', 'empty separator')
  const found: Bounds[] = []
  if (fromRight) {
    let end = text.length
    while (found.length < limit && end >= separator.length) {
      const at = text.lastIndexOf(separator, end - separator.length)
      if (at < 0) break
      found.push([at + separator.length, end])
      render.budget.spend(4)
      end = at
    }
    found.push([0, end])
    return found.reverse()
  }
  let start = 0
  while (found.length < limit) {
    const at = text.indexOf(separator, start)
    if (at < 0) break
    found.push([start, at])
    render.budget.spend(4)
    start = at + separator.length
  }
  found.push([start, text.length])
  return found
}

/** `text.strip(set)` and its like, by what the characters mean. */
export function stripText(
  render: Render,
  text: string,
  set: string | undefined,
  left: boolean,
  right: boolean,
): string {
  const seen = render.seen(text)
  const wanted = set === undefined ? undefined : render.seen(set)
  const bare = strip(seen, wanted, left, right)
  if (seen === text) return bare
  const start = left ? seen.length - strip(seen, wanted, true, false).length : 0
  return text.slice(start, start + bare.length)
}
