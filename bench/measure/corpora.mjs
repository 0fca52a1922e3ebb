// Large texts that do not repeat, from fixtures and from what is installed; never in the repository.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fixtureRoot } from './fixtures.mjs'

const require = createRequire(import.meta.url)
const read = (...path) => readFileSync(join(fixtureRoot, ...path), 'utf8')

const novels = [
  'austen-emma',
  'melville-moby_dick',
  'chesterton-brown',
  'edgeworth-parents',
  'milton-paradise',
]

/** What a corpus is made of, and the fixture it needs. */
const sources = {
  english: {
    fixture: 'gutenberg',
    text: () => novels.map((name) => read('gutenberg', `${name}.txt`)).join('\n'),
  },
  code: {
    text: () => {
      const folder = dirname(require.resolve('typescript'))
      const declarations = readdirSync(folder).filter((name) => /^lib\..*\.d\.ts$/.test(name))
      const files = ['typescript.js', ...declarations.sort()]
      return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
    },
  },
  chinese: {
    fixture: 'chinese-classics',
    text: () => {
      const plays = JSON.parse(read('chinese-classics', 'yuanqu.json'))
      const lives = JSON.parse(read('chinese-classics', 'authors.song.json'))
      const played = plays.map(({ title, paragraphs }) => [title, ...paragraphs].join('\n'))
      return [...lives.map(({ desc }) => desc), ...played].join('\n')
    },
  },
  mixed: {
    fixture: 'udhr',
    text: () => {
      const folder = join(fixtureRoot, 'udhr')
      const pages = readdirSync(folder).filter((name) => name.endsWith('.html'))
      return pages.map((name) => textOf(read('udhr', name))).join('\n')
    },
  },
}

const textOf = (html) => html.replace(/<[^>]+>/g, ' ').replace(/ *\n\s*/g, '\n')

/** The names of all corpora. */
export const corpusNames = Object.keys(sources)

/** The first `bytes` bytes of UTF-8 of a corpus, cut between characters; undefined and a note when its fixture is missing. */
export function corpus(name, bytes, notes) {
  const { fixture, text } = sources[name]
  if (fixture && !existsSync(join(fixtureRoot, fixture))) {
    notes.push(
      `${name} left out: run \`node tools/real-fixtures/real-fixtures.mjs get ${fixture}\`.`,
    )
    return undefined
  }
  const whole = Buffer.from(text())
  let end = Math.min(bytes, whole.length)
  while (end < whole.length && (whole[end] & 0xc0) === 0x80) end--
  return whole.subarray(0, end).toString('utf8')
}
