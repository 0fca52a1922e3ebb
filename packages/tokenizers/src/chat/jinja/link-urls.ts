// Jinja's `urlize`.
import { SPACE } from './python-text.ts'

interface LinkStyle {
  /** Length to which shown addresses are cut. */
  readonly limit: number
  readonly rel: string
  readonly target: string | undefined
  /** More schemes, such as `tel:`. */
  readonly schemes: readonly string[]
}

/** No address is longer; what is, is not searched. */
const MAX_ADDRESS = 2048

const address = new RegExp(
  '^(?:' +
    // after a scheme or www., any name with a top level of letters will do
    '(?:https?://|www\\.)(?:[\\p{L}\\p{N}_%-]+\\.)*(?:[a-z]{2,63}|xn--[\\p{L}\\p{N}_%]{2,59})' +
    '|(?:[\\p{L}\\p{N}_%-]{2,63}\\.)+(?:com|net|int|edu|gov|org|info|mil)' +
    // or an IP address
    '|https?://(?:\\d{1,3}(?:\\.\\d{1,3}){3}|\\[[0-9a-f:]{2,}\\])' +
    ')(?::\\d{1,5})?(?:[/?#]\\S*)?$',
  'iu',
)
const mail = /^[^\s@]+@[\p{L}\p{N}_][\p{L}\p{N}_.-]*\.[\p{L}\p{N}_]+$/u

/** HTML in which addresses are links. */
export function linkUrls(html: string, style: LinkStyle): string {
  return html
    .split(new RegExp(`([${SPACE}]+)`))
    .map((word, i) => (i % 2 === 0 && word.length <= MAX_ADDRESS ? linkWord(word, style) : word))
    .join('')
}

function linkWord(word: string, style: LinkStyle): string {
  const head = /^(?:[(<]|&lt;)+/.exec(word)?.[0] ?? ''
  let middle = word.slice(head.length)
  let tail = /(?:[)>.,\n]|&gt;)+$/.exec(middle)?.[0] ?? ''
  middle = middle.slice(0, middle.length - tail.length)
  for (const [open, close] of [
    ['(', ')'],
    ['<', '>'],
    ['&lt;', '&gt;'],
  ] as const) {
    const opened = countOf(middle, open)
    if (opened <= countOf(middle, close)) continue
    for (let n = Math.min(opened, countOf(tail, close)); n > 0; n--) {
      const end = tail.indexOf(close) + close.length
      middle += tail.slice(0, end)
      tail = tail.slice(end)
    }
  }
  return head + linkAddress(middle, style) + tail
}

function linkAddress(text: string, { limit, rel, target, schemes }: LinkStyle): string {
  const shown = text.length > limit ? `${text.slice(0, Math.max(0, limit))}...` : text
  const marks = ` rel="${rel}"${target === undefined ? '' : ` target="${target}"`}`
  if (address.test(text)) {
    const href = /^https?:\/\//.test(text) ? text : `https://${text}`
    return `<a href="${href}"${marks}>${shown}</a>`
  }
  if (text.startsWith('mailto:') && mail.test(text.slice(7))) {
    return `<a href="${text}">${text.slice(7)}</a>`
  }
  if (!text.startsWith('www.') && !text.includes(':') && mail.test(text)) {
    return `<a href="mailto:${text}">${text}</a>`
  }
  const scheme = schemes.some((name) => text !== name && text.startsWith(name))
  return scheme ? `<a href="${text}"${marks}>${text}</a>` : text
}

const countOf = (text: string, part: string) => text.split(part).length - 1
