// `pnpm bench hostile`: 1 MiB (as UTF-8) of texts that make naive tokenizers quadratic, through real tokenizers of every kind.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fixtureRoot } from '../measure/fixtures.mjs'

const MIB = 1 << 20
const fill = (unit) => unit.repeat(Math.ceil(MIB / Buffer.byteLength(unit)))

/** Numbers below `limit` that are the same on every run. */
function* numbers(limit) {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield Math.floor((state / 2 ** 32) * limit)
  }
}
function anyOf(from, to) {
  const source = numbers(to - from)
  let text = ''
  for (let size = 0; size < MIB; ) {
    const character = String.fromCharCode(from + source.next().value)
    size += Buffer.byteLength(character)
    text += character
  }
  return text
}

const texts = {
  'one letter': () => fill('a'),
  'one sign': () => fill('^'),
  spaces: () => fill(' '),
  'line ends': () => fill('\n'),
  'combining marks': () => `a${fill('\u0301')}`,
  'marks out of order': () => `a${fill('\u0301\u0316\u05b0')}`,
  'joined emoji': () => fill('\u{1f468}\u200d'),
  'Chinese without a space': () => anyOf(0x4e00, 0x9fa5),
  'random bytes': () => anyOf(0, 256),
  'lone surrogates': () => fill('\udc00\ud800'),
  'letters without a space': () => anyOf(97, 123),
  digits: () => fill('1234567890'),
}

const files = [
  ['gpt2', 'tokenizer-gpt2/tokenizer.json'],
  ['gpt-neox', 'tokenizer-gpt-neox/tokenizer.json'],
  ['llama3', 'tokenizers-plurnk/llama3/tokenizer.json'],
  ['qwen2.5', 'tokenizer-qwen2.5/tokenizer.json'],
  ['deepseek-v3', 'tokenizer-deepseek-v3/tokenizer.json'],
  ['o200k', 'tokenizers-plurnk/o200k/tokenizer.json'],
  ['mistral-nemo', 'tokenizer-mistral-nemo/tokenizer.json'],
  ['whisper', 'whisper-tiny/tokenizer.json'],
  ['llama2', 'tokenizers-plurnk/llama2/tokenizer.json'],
  ['mistral', 'tokenizers-plurnk/mistral/tokenizer.json'],
  ['gemma2', 'tokenizers-plurnk/gemma/tokenizer.json'],
  ['gemma3', 'tokenizer-gemma3/tokenizer.json'],
  ['bert', 'tokenizers-plurnk/bert/tokenizer.json'],
  ['t5', 'tokenizers-plurnk/t5/tokenizer.json'],
  ['cl100k.tiktoken', 'tiktoken/cl100k_base.tiktoken'],
  ['tekken.json', 'mistral-common/tekken_240911.json'],
  ['tokenizer.model', 'mistral-common/tokenizer.model.v1'],
]

/** Times one encoding of each text, in milliseconds, and what twice the text costs; returns a table. */
export async function hostile({ log }) {
  const { createTokenizer, readTokenizerFiles } = await import(
    '../../packages/tokenizers/dist/index.js'
  )
  const rows = []
  const missing = []
  for (const [name, path] of files) {
    const file = join(fixtureRoot, path)
    if (!existsSync(file)) {
      missing.push(name)
      continue
    }
    const bytes = readFileSync(file)
    const tokenizer = createTokenizer(
      path.endsWith('/tokenizer.json')
        ? { ...JSON.parse(bytes), truncation: null, padding: null }
        : readTokenizerFiles(new Map([[path.split('/').at(-1), new Uint8Array(bytes)]])).tokenizer,
    )
    tokenizer.encode(texts['random bytes']().slice(0, 50_000))
    const times = Object.entries(texts).map(([what, make]) => {
      log(`${name}: ${what}`)
      const text = make()
      return {
        what,
        half: time(tokenizer, text.slice(0, text.length / 2)),
        whole: time(tokenizer, text),
      }
    })
    const slowest = times.reduce((worst, one) => (one.whole > worst.whole ? one : worst))
    const ratio = (slowest.whole / slowest.half).toFixed(1)
    const over = times.filter(({ whole }) => whole > 1000).map(({ what }) => what)
    rows.push([name, slowest.what, slowest.whole.toFixed(0), ratio, over.join(', ') || 'none'])
  }
  const header = ['tokenizer', 'slowest text', 'ms for 1 MiB', 'against half', 'over 1 s']
  const table = [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`)
  const note = missing.length ? `\nNot fetched: ${missing.join(', ')}.` : ''
  return `${table.join('\n')}${note}`
}

/** The better of two runs. What other programs take of the machine does not count: processor time bounds it. */
function time(tokenizer, text) {
  let best = Infinity
  for (let run = 0; run < 2; run++) {
    const used = process.cpuUsage()
    const start = performance.now()
    tokenizer.encode(text)
    const { user, system } = process.cpuUsage(used)
    best = Math.min(best, performance.now() - start, (user + system) / 1000)
  }
  return best
}
