import type { Render } from './render.ts'
import { splitText } from './text-operations.ts'

const names: { readonly [name: string]: string } = {
  amp: '&',
  apos: "'",
  bull: '\u2022',
  cent: '\xa2',
  copy: '\xa9',
  deg: '\xb0',
  euro: '\u20ac',
  gt: '>',
  hellip: '\u2026',
  laquo: '\xab',
  ldquo: '\u201c',
  lsquo: '\u2018',
  lt: '<',
  mdash: '\u2014',
  middot: '\xb7',
  nbsp: '\xa0',
  ndash: '\u2013',
  para: '\xb6',
  plusmn: '\xb1',
  pound: '\xa3',
  quot: '"',
  raquo: '\xbb',
  rdquo: '\u201d',
  reg: '\xae',
  rsquo: '\u2019',
  sect: '\xa7',
  shy: '\xad',
  times: '\xd7',
  trade: '\u2122',
  yen: '\xa5',
}

/** The text of HTML: without tags and comments, white space as single spaces, entities (numbers and common names) read. */
export function stripTags(render: Render, html: string): string {
  const seen = render.seen(html)
  const kept: string[] = []
  let start = 0
  for (let at = seen.indexOf('<'); at >= 0; at = seen.indexOf('<', start)) {
    const isComment = seen.startsWith('<!--', at)
    const end = isComment ? seen.indexOf('-->', at + 4) : seen.indexOf('>', at)
    if (end < 0) break
    kept.push(html.slice(start, at))
    start = end + (isComment ? 3 : 1)
  }
  const bare = kept.join('') + html.slice(start)
  return unescapeHtml(render, splitText(render, bare, undefined, -1, false).join(' '))
}

const entity = /&(?:#(\d{1,8})|#[xX]([0-9a-fA-F]{1,7})|([A-Za-z]{2,8}));?/g

function unescapeHtml(render: Render, text: string): string {
  return text.replaceAll(entity, (all, decimal, hex, name) => {
    const character = characterOf(all, decimal, hex, name)
    // What users wrote as entities must not become a control token either.
    return character === all || !render.disguise ? character : render.disguise.standFor(character)
  })
}

function characterOf(all: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) {
    return all.endsWith(';') && Object.hasOwn(names, name) ? names[name]! : all
  }
  const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal)
  const isCharacter = code > 0 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000)
  return isCharacter ? String.fromCodePoint(code) : '\ufffd'
}
