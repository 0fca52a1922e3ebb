import { describe, expect, it } from 'vitest'
import { Pipeline } from '../pipeline.ts'
import { tokenRuleOf } from './token-rule.ts'

const tokens = [
  ...[
    '\u2581',
    '\u2581a',
    'b',
    '\u2581\u2581',
    ' ',
    '##s',
    '##',
    'Ġ',
    'Ã',
    '©',
    'Ċ',
    '.',
    ' .',
    "'s",
    'é',
    '😀',
  ],
  ...[
    '<0x41>',
    '<0xC3>',
    '<0xA9>',
    '<0xF0>',
    '<0x9F>',
    '<0x98>',
    '<0x80>',
    '<0x+9>',
    '<0xa9>',
    '<0x0A>',
  ],
  ...['', 'x'.repeat(300), '\u2581'.repeat(70), '\ufeff', '[SEP]', 'd', 'Do not'],
]
const added = ['<s>', '</s>', ' a\u2581b ', '<0x42>'].map((content, i) => ({
  id: tokens.length + 3 * i,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: i < 2,
}))

const replace = { type: 'Replace', pattern: { String: '\u2581' }, content: ' ' }
const strip = { type: 'Strip', content: ' ', start: 1, stop: 1 }
const fuse = { type: 'Fuse' }
const bytes = { type: 'ByteFallback' }
const metaspace = {
  type: 'Metaspace',
  replacement: '\u2581',
  prepend_scheme: 'always',
  split: true,
}
const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }
const sequence = (...decoders: object[]) => ({ type: 'Sequence', decoders })

// Those that the table knows, then those that it leaves to the streams.
const known = [
  null,
  byteLevel,
  sequence(byteLevel),
  metaspace,
  { ...metaspace, prepend_scheme: 'never' },
  sequence(metaspace, fuse, strip),
  { type: 'WordPiece', prefix: '##', cleanup: true },
  { type: 'WordPiece', prefix: '', cleanup: false },
  sequence(replace, bytes, fuse, strip),
  sequence(replace, bytes, fuse),
  sequence({ ...replace, pattern: { Regex: '[\u2581a]+' } }, sequence(bytes), fuse, strip, strip),
  sequence(),
  bytes,
]
const left = [
  sequence(bytes, fuse, replace),
  sequence(bytes, replace),
  sequence(replace, metaspace),
  sequence(metaspace, bytes, fuse),
  sequence(byteLevel, byteLevel),
  sequence(fuse, bytes),
  strip,
  { type: 'BPEDecoder', suffix: '</w>' },
  { type: 'CTC', pad_token: 'b', word_delimiter_token: '\u2581', cleanup: true },
]

function pipelineOf(decoder: unknown): Pipeline {
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
  return new Pipeline({
    added_tokens: added,
    decoder,
    model: { type: 'WordLevel', vocab, unk_token: 'b' },
  })
}

function streamed(pipeline: Pipeline, ids: readonly number[], skip: 'none' | Set<number>): string {
  let text = ''
  const next = { write: (chunk: string) => void (text += chunk), sync() {}, end() {} }
  const stream = pipeline.openDecoder(next, skip)
  for (const id of ids) stream.write(id)
  stream.end()
  return text
}

let seed = 3
const random = (below: number) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

describe('Pipeline.decode', () => {
  it('has rules for decoders whose tokens stand alone', () => {
    for (const decoder of known) expect(tokenRuleOf(decoder)).toBeDefined()
    for (const decoder of left) expect(tokenRuleOf(decoder)).toBeUndefined()
  })

  it.each([...known, ...left])('equals the stream of decoder %#', (decoder) => {
    const pipeline = pipelineOf(decoder)
    for (let round = 0; round < 1500; round++) {
      const some = 1 + random(tokens.length + 14)
      const ids = Array.from({ length: random(12) }, () => random(some))
      const skip = round % 3 === 0 ? 'none' : new Set(round % 3 === 1 ? [] : [2, 3])
      const text = pipeline.decode(ids, skip)
      if (text !== streamed(pipeline, ids, skip)) {
        expect({ ids, text }).toEqual({ ids, text: streamed(pipeline, ids, skip) })
      }
    }
  })

  it('knows tokens that are added later', () => {
    const pipeline = pipelineOf(metaspace)
    expect(pipeline.decode([1, 90], 'none')).toBe('a')
    const token = { singleWord: false, lstrip: false, rstrip: false, normalized: false }
    pipeline.addTokens([{ ...token, content: 'new', special: false }])
    expect(pipeline.decode([1, pipeline.addedTokens.idOf('new')!], 'none')).toBe('anew')
    pipeline.addTokens([{ ...token, content: 'new', special: true }])
    expect(pipeline.decode([1, pipeline.addedTokens.idOf('new')!], new Set())).toBe('a')
  })

  it('refuses what cannot be an id and leaves out what is none', () => {
    const pipeline = pipelineOf(metaspace)
    for (const id of [-1, 1.5, Number.NaN]) {
      expect(() => pipeline.decode([id], 'none')).toThrow('from 0 on')
    }
    expect(pipeline.decode(new Set([2, 1e9, 2 ** 40]), 'none')).toBe('b')
  })
})
