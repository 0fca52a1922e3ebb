import { describe, expect, it } from 'vitest'
import { alignedText } from '../aligned-text.ts'
import { onePiece, textsOf, type Pieces } from './pieces.ts'
import { readPreTokenizers } from './read-pre-tokenizer.ts'

/** The pieces as text with where each comes from, in UTF-16 units; the same texts come without offsets. */
function cut(json: unknown, text: string): string[] {
  const preTokenizers = readPreTokenizers(json, 'pre_tokenizer')
  const pieces: Pieces = { ...alignedText(text), bounds: [0, text.length], atStart: true }
  const plain = onePiece(text, true)
  for (const preTokenizer of preTokenizers) {
    preTokenizer.apply(pieces)
    preTokenizer.apply(plain)
  }
  expect(textsOf(plain)).toEqual(textsOf(pieces))
  const { bounds, starts, ends } = pieces
  return textsOf(pieces).map((piece, i) => {
    return `${piece} ${starts![bounds[2 * i]!]}-${ends![bounds[2 * i + 1]! - 1]}`
  })
}

const sequence = (...pretokenizers: unknown[]) => ({ type: 'Sequence', pretokenizers })
const words = { type: 'WhitespaceSplit' }
const metaspace = (scheme: string, replacement = '_') => ({
  type: 'Metaspace',
  replacement,
  prepend_scheme: scheme,
  split: true,
})
const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }
const split = (pattern: object, behavior: string) => ({
  type: 'Split',
  pattern,
  behavior,
  invert: false,
})
const punctuation = (behavior: string) => ({ type: 'Punctuation', behavior })

// Pieces and offsets as the reference gives them.
describe('pieces', () => {
  it.each<[string, unknown, string, string[]]>([
    [
      'BERT',
      { type: 'BertPreTokenizer' },
      'H\u00e9, a-b\u3000\u4e2d!',
      ['H\u00e9 0-2', ', 2-3', 'a 4-5', '- 5-6', 'b 6-7', '\u4e2d 8-9', '! 9-10'],
    ],
    [
      'scripts',
      { type: 'UnicodeScripts' },
      '  a b\u0414\u306b\u6f22\u30ab\u30fc x1',
      ['a b 2-5', '\u0414 5-6', '\u306b\u6f22\u30ab\u30fc  6-11', 'x 11-12', '1 12-13'],
    ],
    ['scripts of nothing', { type: 'UnicodeScripts' }, '   ', []],
    [
      'scripts that Unicode 9 did not know',
      { type: 'UnicodeScripts' },
      'a\u{1e030}\u0589b',
      ['a\u{1e030} 0-3', '\u0589 3-4', 'b 4-5'],
    ],
    [
      'fixed lengths',
      sequence(words, { type: 'FixedLength', length: 2 }),
      'a\u{1f600}c de',
      ['a\u{1f600} 0-3', 'c 3-4', 'de 5-7'],
    ],
    [
      'bytes, then digits',
      sequence(byteLevel, { type: 'Digits', individual_digits: true }),
      '\u00e912 3',
      ['\u0120\u00c3\u00a9 0-1', '1 1-2', '2 2-3', '\u0120 3-4', '3 4-5'],
    ],
    ['marks before all words', sequence(words, metaspace('always')), 'a b', ['_a 0-1', '_b 2-3']],
    [
      'a mark before the first word',
      sequence(words, metaspace('first')),
      'a b',
      ['_a 0-1', 'b 2-3'],
    ],
    ['no mark behind a space', sequence(words, metaspace('first')), ' a b', ['a 1-2', 'b 3-4']],
    [
      'wide marks',
      metaspace('always', '\u{1f600}'),
      'a  b',
      ['\u{1f600}a 0-1', '\u{1f600} 1-2', '\u{1f600}b 2-4'],
    ],
    [
      'wide marks in words',
      sequence(split({ String: '-' }, 'Removed'), metaspace('always', '\u{1f600}')),
      'a b-c d-',
      ['\u{1f600}a 0-1', '\u{1f600}b 1-3', '\u{1f600}c 4-5', '\u{1f600}d 5-7'],
    ],
    [
      'punctuation before',
      punctuation('MergedWithPrevious'),
      'a,,b!',
      ['a, 0-2', ', 2-3', 'b! 3-5'],
    ],
    [
      'punctuation behind',
      punctuation('MergedWithNext'),
      'a,,b!',
      ['a 0-1', ', 1-2', ',b 2-4', '! 4-5'],
    ],
    ['punctuation together', punctuation('Contiguous'), 'a,,b', ['a 0-1', ',, 1-3', 'b 3-4']],
    ['punctuation of Unicode 8', punctuation('Removed'), 'a,\u2e43', ['a 0-1', '\u2e43 2-3']],
    [
      'a delimiter in pieces',
      sequence(split({ String: '-' }, 'Isolated'), { type: 'CharDelimiterSplit', delimiter: 'b' }),
      'ab-bc-b',
      ['a 0-1', '- 2-3', 'c 4-5', '- 5-6'],
    ],
    [
      'a pattern that sees each piece alone',
      sequence(split({ String: '-' }, 'Removed'), split({ Regex: '^a|b$' }, 'Isolated')),
      'ab-ab',
      ['a 0-1', 'b 1-2', 'a 3-4', 'b 4-5'],
    ],
    [
      'patterns that are searched for in linear time',
      sequence(split({ Regex: '".*?"' }, 'Removed'), split({ Regex: '\\s+$' }, 'Isolated')),
      'a  "b" c ',
      ['a 0-1', '   1-3', ' c 6-8', '  8-9'],
    ],
  ])('%s', (_, json, text, expected) => {
    expect(cut(json, text)).toEqual(expected)
  })

  it('know the first place of the original from others', () => {
    // An insertion before the text: both pieces come from its first character.
    const pieces: Pieces = {
      text: '- a',
      starts: Int32Array.of(0, 0, 0),
      ends: Int32Array.of(1, 1, 1),
      bounds: [0, 3],
      atStart: true,
    }
    const preTokenizers = readPreTokenizers(sequence(words, metaspace('first')), 'p')
    for (const preTokenizer of preTokenizers) preTokenizer.apply(pieces)
    expect(textsOf(pieces)).toEqual(['_-', '_a'])
    expect(preTokenizers.map(({ usesOffsets }) => usesOffsets ?? false)).toEqual([false, true])
  })

  it.each([
    { type: 'BertPreTokenizer' },
    byteLevel,
    { type: 'CharDelimiterSplit', delimiter: ' ' },
    { type: 'Digits', individual_digits: true },
    { type: 'FixedLength', length: 3 },
    metaspace('first'),
    punctuation('Contiguous'),
    punctuation('MergedWithNext'),
    split({ Regex: '\\s+|a' }, 'MergedWithPrevious'),
    split({ String: 'x' }, 'Contiguous'),
    { type: 'UnicodeScripts' },
    { type: 'Whitespace' },
    words,
  ])('write what they read: $type', (json) => {
    expect(readPreTokenizers(json, 'p').map((item) => item.toJSON())).toEqual([json])
  })

  it('refuse a length of nothing', () => {
    const json = { type: 'FixedLength', length: 0 }
    expect(() => readPreTokenizers(json, 'p')).toThrow(
      'p.length: must be a whole number of at least 1',
    )
  })

  it('take time in proportion to the text', () => {
    const text = 'a b_c,'.repeat(1 << 15)
    const began = performance.now()
    for (const json of [
      sequence(words, metaspace('always')),
      sequence(words, { type: 'CharDelimiterSplit', delimiter: 'z' }),
      sequence(punctuation('Isolated'), metaspace('never', '\u{1f600}')),
      sequence({ type: 'FixedLength', length: 1 }, { type: 'UnicodeScripts' }, byteLevel),
    ]) {
      cut(json, text)
    }
    expect(performance.now() - began).toBeLessThan(20_000)
  })
})
