import { isSpace } from './python-text.ts'

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
export function stripTags(html: string): string {
  let text = ''
  let start = 0
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', start)) {
    const isComment = html.startsWith('<!--', at)
    const end = isComment ? html.indexOf('-->', at + 4) : html.indexOf('>', at)
    if (end < 0) break
    text += html.slice(start, at)
    start = end + (isComment ? 3 : 1)
  }
  return unescapeHtml(collapse(text + html.slice(start)))
}

function collapse(text: string): string {
  const words: string[] = []
  let word = ''
  for (const c of text) {
    if (!isSpace(c)) word += c
    else if (word !== '') {
      words.push(word)
      word = ''
    }
  }
  if (word !== '') words.push(word)
  return words.join(' ')
}

const unescapeHtml = (text: string): string =>
  text.replaceAll(
    /&(?:#(\d{1,8})|#[xX]([0-9a-fA-F]{1,7})|([A-Za-z]{2,8}));?/g,
    (all, dec, hex, name) => {
      if (name !== undefined)
        return all.endsWith(';') && Object.hasOwn(names, name) ? names[name]! : all
      const code = dec === undefined ? Number.parseInt(hex, 16) : Number(dec)
      const isCharacter = code > 0 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000)
      return isCharacter ? String.fromCodePoint(code) : '\ufffd'
    },
  )
