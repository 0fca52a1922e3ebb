import { describe, expect, it } from 'vitest'
import { onePiece, textsOf } from './pieces.ts'
import { readPreTokenizers } from './read-pre-tokenizer.ts'

function cut(json: unknown, text: string, atStart = true): string[] {
  const pieces = onePiece(text, atStart)
  for (const preTokenizer of readPreTokenizers(json, 'pre_tokenizer')) preTokenizer.apply(pieces)
  return textsOf(pieces)
}

const split = (behavior: string, invert = false) => ({
  type: 'Split',
  pattern: { String: '-' },
  behavior,
  invert,
})

describe('pre-tokenizers', () => {
  it('split by every behavior', () => {
    const text = 'a--b-'
    expect(cut(split('Removed'), text)).toEqual(['a', 'b'])
    expect(cut(split('Isolated'), text)).toEqual(['a', '-', '-', 'b', '-'])
    expect(cut(split('MergedWithPrevious'), text)).toEqual(['a-', '-', 'b-'])
    expect(cut(split('MergedWithNext'), text)).toEqual(['a', '-', '-b', '-'])
    expect(cut(split('Contiguous'), text)).toEqual(['a', '--', 'b', '-'])
    expect(cut(split('Removed', true), text)).toEqual(['-', '-', '-'])
  })

  it('give the same pieces with and without gaps between the matches', () => {
    const digits = { type: 'Split', pattern: { Regex: '\\d' }, behavior: 'Isolated' }
    for (let i = 0; i < 12; i++) {
      expect(cut(digits, '12')).toEqual(['1', '2'])
      expect(cut(digits, '1a2')).toEqual(['1', 'a', '2'])
    }
  })

  it('read a string pattern as text, not as an expression', () => {
    const dot = { type: 'Split', pattern: { String: '.' }, behavior: 'Removed' }
    expect(cut(dot, 'a.b')).toEqual(['a', 'b'])
    const empty = { type: 'Split', pattern: { String: '' }, behavior: 'Removed' }
    expect(cut(empty, 'a\u{1f600}')).toEqual(['a', '\u{1f600}'])
  })

  it('cut at empty matches as the reference does', () => {
    const camel = { type: 'Split', pattern: { Regex: '(?<=[a-z])(?=[A-Z])' }, behavior: 'Isolated' }
    expect(cut(camel, 'aBcD😀eF')).toEqual(['aBcD😀eF'.slice(0, 1), 'Bc', 'D😀e', 'F'])
  })

  it('write bytes as visible characters', () => {
    const json = { type: 'ByteLevel', add_prefix_space: true, use_regex: true }
    expect(cut(json, 'é a')).toEqual(['ĠÃ©', 'Ġa'])
    expect(cut({ type: 'ByteLevel', add_prefix_space: false, use_regex: false }, 'a b\n')).toEqual([
      'aĠbĊ',
    ])
  })

  it('mark words as SentencePiece does, first only where the text begins', () => {
    const json = (prepend_scheme: string, split: boolean) => ({
      type: 'Metaspace',
      replacement: '▁',
      prepend_scheme,
      split,
    })
    expect(cut(json('always', true), 'a  b')).toEqual(['▁a', '▁', '▁b'])
    expect(cut(json('never', true), 'a b')).toEqual(['a', '▁b'])
    expect(cut(json('first', false), 'a b')).toEqual(['▁a▁b'])
    expect(cut(json('first', false), 'a b', false)).toEqual(['a▁b'])
    expect(cut(json('always', false), ' a')).toEqual(['▁a'])
    const words = {
      type: 'Sequence',
      pretokenizers: [{ type: 'WhitespaceSplit' }, json('first', true)],
    }
    expect(cut(words, 'a b')).toEqual(['▁a', 'b'])
    expect(cut(words, ' a b')).toEqual(['a', 'b'])
  })

  it('know digits, white space, punctuation and one delimiter', () => {
    expect(cut({ type: 'Digits', individual_digits: true }, 'a12½')).toEqual(['a', '1', '2', '½'])
    expect(cut({ type: 'Digits', individual_digits: false }, 'a12b')).toEqual(['a', '12', 'b'])
    expect(cut({ type: 'Whitespace' }, "it's ok!?")).toEqual(['it', "'", 's', 'ok', '!?'])
    expect(cut({ type: 'Punctuation' }, 'a,$b')).toEqual(['a', ',', '$', 'b'])
    expect(cut({ type: 'CharDelimiterSplit', delimiter: '-' }, 'a-b')).toEqual(['a', 'b'])
  })

  it.each([
    [{ type: 'Nope' }, 'the pre-tokenizer Nope is not supported yet'],
    [split('Sideways'), 'p.behavior: must be one of Removed'],
    [{ type: 'Metaspace', replacement: '' }, 'p.replacement: must be one character; got ""'],
    [{ type: 'Metaspace', replacement: 'ab' }, 'must be one character'],
    [{ type: 'Metaspace', replacement: '\ud800' }, 'without lone surrogates'],
    [{ type: 'Metaspace', replacement: '▁', prepend_scheme: 'toString' }, 'always, first or never'],
    [{ type: 'Sequence', pretokenizers: 'x' }, 'p.pretokenizers: must be an array'],
    [{}, 'p.type: must be a string; got nothing.'],
    [[], 'p: must be an object; got [].'],
  ])('refuse %j', (json, message) => {
    expect(() => readPreTokenizers(json, 'p')).toThrow(message)
  })
})
