// Texts that make naive algorithms quadratic or run out of stack, through every kind of tokenizer. 64 KiB in a naive
// one are billions of steps for each text: the time limit of a test is far from both.
import { describe, expect, it } from 'vitest'
import { createTokenizer } from './create-tokenizer.ts'
import { files } from './every-component-for-test.ts'
import { readTokenizerFiles } from './files/read-tokenizer-files.ts'
import { modelBytes } from './files/sentencepiece/model-bytes.ts'
import { random } from './hostile-for-test.ts'
import type { Tokenizer } from './tokenizer.ts'

const SIZE = 64 << 10
const next = random(1)
const fill = (unit: string) => unit.repeat(Math.ceil(SIZE / unit.length)).slice(0, SIZE)
const anyOf = (count: number, from: number, to: number) =>
  Array.from({ length: count }, () => String.fromCharCode(from + Math.floor(next() * (to - from))))

const texts: readonly (readonly [name: string, text: string])[] = [
  ['one letter', fill('a')],
  ['one sign', fill('^')],
  ['spaces', fill(' ')],
  ['line ends', fill('\n')],
  ['combining marks', `a${fill('\u0301')}`],
  ['marks out of order', `a${fill('\u0301\u0316\u05b0')}`],
  ['joined emoji', fill('\u{1f468}\u200d')],
  ['Chinese without a space', anyOf(SIZE, 0x4e00, 0x9fa5).join('')],
  ['random bytes', anyOf(SIZE, 0, 256).join('')],
  ['lone surrogates', fill('\udc00\ud800')],
  ['no space', anyOf(SIZE, 97, 123).join('')],
  ['digits', fill('1234567890')],
  ['a word and a space', fill('ab ')],
  ['the beginning of an added token', fill('<s<s')],
]

const runs = (unit: string, levels: number) =>
  Array.from({ length: levels }, (_, level) => unit.repeat(2 ** level))
const bytes = (() => {
  const visible = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  let other = 256
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(visible(b) ? b : other++))
})()
const long = ['a', '^', '\u0120', '\u010a', 'ab', '\u2581']
const tokens = [...new Set(['<unk>', ...bytes, '\u2581', ...long.flatMap((unit) => runs(unit, 8))])]
const merges = [['a', 'b'], ...long.flatMap((unit) => runs(unit, 7).map((run) => [run, run]))]
const bpe = (more = {}) => ({
  type: 'BPE',
  unk_token: '<unk>',
  fuse_unk: true,
  byte_fallback: false,
  ignore_merges: false,
  vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
  merges,
  ...more,
})
const byteLevel = (Regex: string | undefined) => ({
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      ...(Regex
        ? [{ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false }]
        : []),
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: !Regex },
    ],
  },
  decoder: { type: 'ByteLevel' },
  model: bpe(),
})
const file = (parts: object) => ({
  version: '1.0',
  added_tokens: [{ id: 5000, content: '<s><s><s><s>!', special: true }],
  ...parts,
})
const lines = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'
const words = '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+'
const charsmapFree = { type: 'Sequence', normalizers: [{ type: 'NFKD' }, { type: 'NFC' }] }

const kinds: readonly (readonly [name: string, json: unknown])[] = [
  ['GPT-2', file(byteLevel(undefined))],
  ['Llama 3', file(byteLevel(`${words}|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${lines}`))],
  [
    'a pattern without code of its own',
    file(byteLevel(`(?:${words})++|(?>\\p{N})+|[^\\s\\p{L}\\p{N}]+?|\\s+\\z|${lines}`)),
  ],
  [
    'Llama 2',
    file({
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Prepend', prepend: '\u2581' },
          { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' },
        ],
      },
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: '\u2581' }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 1, stop: 0 },
        ],
      },
      model: bpe(),
    }),
  ],
  [
    'Unigram with Metaspace',
    file({
      normalizer: charsmapFree,
      pre_tokenizer: {
        type: 'Metaspace',
        replacement: '\u2581',
        prepend_scheme: 'always',
        split: false,
      },
      decoder: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always' },
      model: { type: 'Unigram', unk_id: 0, vocab: tokens.map((token, id) => [token, -id / 100]) },
    }),
  ],
  [
    'byte-pairs with dropout',
    file({ pre_tokenizer: null, decoder: { type: 'BPEDecoder' }, model: bpe({ dropout: 0.1 }) }),
  ],
  ...files.map(
    (json, i) => [`file ${i} of the fuzz test`, { ...(json as object), truncation: null }] as const,
  ),
]

const pieces = tokens
  .slice(1)
  .map((token, i) => [token, -i / 100, token.length === 4 ? 4 : 1] as const)
const pieceFiles = (['bpe', 'unigram', 'char', 'word'] as const).map((algorithm) => {
  const model = modelBytes({ algorithm, pieces, byteFallback: algorithm === 'char' })
  return [
    `SentencePiece ${algorithm}`,
    readTokenizerFiles(new Map([['x.model', model]])).tokenizer,
  ] as const
})

/** Every way through a tokenizer. */
function use(tokenizer: Tokenizer, text: string): void {
  const ids = tokenizer.encode(text)
  const { offsets } = tokenizer.encoding(text)
  expect(offsets.length).toBeGreaterThanOrEqual(0)
  const decoded = tokenizer.decode(ids)
  const stream = tokenizer.streamDecoder()
  let streamed = ''
  for (const id of ids) streamed += stream.push(id)
  streamed += stream.flush()
  expect(streamed.length).toBe(decoded.length)
}

describe('64 KiB of hostile text', () => {
  it.each([...kinds, ...pieceFiles])(
    '%s',
    (_, json) => {
      const tokenizer = createTokenizer(json)
      for (const [, text] of texts) use(tokenizer, text)
    },
    60_000,
  )
})
