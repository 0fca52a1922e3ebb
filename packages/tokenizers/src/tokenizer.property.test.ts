// Random texts, lone surrogates among them, through tokenizers of each family. HEDDLE_PROPERTY_RUNS sets how many.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTokenizer } from './create-tokenizer.ts'
import type { Tokenizer } from './tokenizer.ts'
import { wellFormed } from './unicode.ts'

const numRuns = Number(process.env['HEDDLE_PROPERTY_RUNS'] ?? 250)
const folder = new URL('../../tiny-tales/model/', import.meta.url)
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))

const special = (content: string, id: number) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

const byteTokens = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
)
const ids = (tokens: readonly string[]) =>
  Object.fromEntries(tokens.map((token, id) => [token, id]))

const byteLevel = createTokenizer(read('tokenizer.json'), { config: read('tokenizer_config.json') })

const sentencePiece = createTokenizer({
  version: '1.0',
  added_tokens: ['<unk>', '<s>', '</s>'].map(special),
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
  model: {
    type: 'BPE',
    unk_token: '<unk>',
    fuse_unk: true,
    byte_fallback: true,
    vocab: ids(['<unk>', '<s>', '</s>', ...byteTokens, '\u2581', 'a', 'b', 'é', '\u2581a', 'ab']),
    merges: ['\u2581 a', 'a b'],
  },
})

const wordPiece = createTokenizer({
  version: '1.0',
  added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map(special),
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: ids([
      ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'b', 'e', '##a', '##b', '##e'],
      ...['ab', '##ab', '.', '\u4e00', '\u6f22', '\u{1f600}'],
    ]),
  },
})

const unigram = createTokenizer({
  version: '1.0',
  added_tokens: ['<unk>', '</s>'].map(special),
  normalizer: { type: 'NFKC' },
  pre_tokenizer: {
    type: 'Metaspace',
    replacement: '\u2581',
    prepend_scheme: 'always',
    split: true,
  },
  decoder: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always', split: true },
  model: {
    type: 'Unigram',
    unk_id: 0,
    byte_fallback: false,
    vocab: [
      ...[['<unk>', 0] as const, ['</s>', 0] as const, ['\u2581', -2] as const],
      ...['a', 'b', 'e', 'ab', '\u2581a', 'ffi', '\u6f22'].map((piece) => [piece, -3] as const),
    ],
  },
})

const families: [name: string, tokenizer: Tokenizer][] = [
  ['byte-level BPE', byteLevel],
  ['BPE with byte fallback', sentencePiece],
  ['WordPiece', wordPiece],
  ['Unigram', unigram],
]

const unit = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'e', 'ab', ' ', '  ', '\n', '.', "'s", '1') },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 0x10ffff }).map((c) => String.fromCodePoint(c)),
  },
  // Half a pair, marks, ligatures, joined emoji, spaces of all kinds, tokens in the text.
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        '\ud83d',
        '\ude00',
        '\u{1f600}',
        '\u0301',
        '\u0323',
        '\ufb03',
        '\u212b',
        '\u0130',
        '\u1e9e',
      ],
      ...['\u200d', '\u00a0', '\u3000', '\u2028', '\u0000', '\ufeff', '\u2581', '\u6f22', '\u4e00'],
      ...['<s>', '</s>', '[MASK]', '<0x41>', '##a', '\ufffd'],
    ),
  },
)
const text = fc.array(unit, { maxLength: 40 }).map((parts) => parts.join(''))

const hasHalf = (value: string) => /\p{Surrogate}/u.test(value)
const splitsPair = (value: string, at: number) =>
  /^[\ud800-\udbff][\udc00-\udfff]$/.test(value.slice(at - 1, at + 1))

describe.each(families)('%s', (_, tokenizer) => {
  const check = (property: (value: string) => void) =>
    fc.assert(fc.property(text, property), { numRuns })

  it('gives the same ids with and without offsets', () => {
    check((value) => {
      expect(tokenizer.encoding(value).ids).toEqual(tokenizer.encode(value))
      const split = { splitSpecialTokens: true, addSpecialTokens: false }
      expect(tokenizer.encoding(value, split).ids).toEqual(tokenizer.encode(value, split))
    })
  })

  it('has offsets between whole characters, the same in both units', () => {
    check((value) => {
      const { utf16Offsets, offsets, length } = tokenizer.encoding(value)
      expect([utf16Offsets.length, offsets.length]).toEqual([length, length])
      utf16Offsets.forEach(([start, end], i) => {
        expect(0 <= start && start <= end && end <= value.length).toBe(true)
        expect(splitsPair(value, start) || splitsPair(value, end)).toBe(false)
        const points = [value.slice(0, start), value.slice(0, end)].map((part) => [...part].length)
        expect(offsets[i]).toEqual(points)
      })
    })
  })

  it('decodes a stream, however it is cut, as it decodes the whole', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(8), { maxLength: 20 }), (value, cuts) => {
        const all = tokenizer.encode(value)
        for (const skipSpecialTokens of [false, true]) {
          const stream = tokenizer.streamDecoder({ skipSpecialTokens })
          const chunks: string[] = []
          let at = 0
          for (const size of cuts) chunks.push(stream.push(all.slice(at, (at += size))))
          chunks.push(stream.push(all.slice(at)), stream.flush())
          expect(chunks.join('')).toBe(tokenizer.decode(all, { skipSpecialTokens }))
          expect(chunks.some(hasHalf)).toBe(false)
        }
      }),
      { numRuns },
    )
  })

  it('takes any ids apart without half characters', () => {
    const id = fc.nat(tokenizer.size + 5)
    fc.assert(
      fc.property(fc.array(id, { maxLength: 30 }), (list) => {
        const whole = tokenizer.decode(list)
        expect(hasHalf(whole)).toBe(false)
        const stream = tokenizer.streamDecoder()
        const streamed = list.map((one) => stream.push(one)).join('') + stream.flush()
        expect(hasHalf(streamed)).toBe(false)
        // Bytes that were right so far are not taken back when those behind them are wrong.
        const bytes = tokenizer === sentencePiece && whole.includes('\ufffd')
        if (!bytes) expect(streamed).toBe(whole)
      }),
      { numRuns },
    )
  })

  it('cuts rows to their length and loses nothing with overflow', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (value, room) => {
        const maxLength = room + tokenizer.numSpecialTokensToAdd()
        const plain = tokenizer.encode(value, { addSpecialTokens: false })
        const options = { truncation: true, maxLength, returnOverflowingTokens: true } as const
        const batch = tokenizer.call(value, { ...options, returnSpecialTokensMask: true })
        const kept = batch.inputIds.flatMap((row, i) =>
          row.filter((_, k) => batch.specialTokensMask[i]![k] === 0),
        )
        expect(batch.inputIds.every((row) => row.length <= maxLength)).toBe(true)
        expect(kept).toEqual(plain)
        expect(tokenizer.call(value, { truncation: true, maxLength }).inputIds[0]).toEqual(
          batch.inputIds[0],
        )
      }),
      { numRuns },
    )
  })
})

describe('decode(encode(text))', () => {
  const asText = { splitSpecialTokens: true, addSpecialTokens: false }

  it('is the text for byte-level BPE, with U+FFFD for half characters', () => {
    const run = (value: string) => byteLevel.decode(byteLevel.encode(value, asText))
    fc.assert(
      fc.property(text, (value) => {
        expect(run(value)).toBe(wellFormed(value))
      }),
      { numRuns },
    )
  })

  it('is the text for BPE with byte fallback, with spaces for the marks that stand for them', () => {
    fc.assert(
      fc.property(text, (value) => {
        const ids = sentencePiece.encode(value, asText)
        expect(sentencePiece.decode(ids)).toBe(wellFormed(value).replaceAll('\u2581', ' '))
      }),
      { numRuns },
    )
  })
})
