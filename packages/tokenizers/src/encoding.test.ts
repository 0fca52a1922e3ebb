import { describe, expect, it } from 'vitest'
import { Encoding } from './encoding.ts'
import { Pipeline } from './pipeline.ts'

const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false }
const vocab = { '[CLS]': 0, '[SEP]': 1, '[UNK]': 2, a: 3, b: 4, '##b': 5, c: 6, '\u{1f642}': 7 }

/** WordPiece with a template, words cut at white space. */
function bert(): Pipeline {
  const special = (id: string, typeId = 0) => ({ SpecialToken: { id, type_id: typeId } })
  const text = (id: string, typeId: number) => ({ Sequence: { id, type_id: typeId } })
  const token = (id: string, value: number) => ({ id, ids: [value], tokens: [id] })
  return new Pipeline({
    version: '1.0',
    added_tokens: [
      { id: 0, content: '[CLS]', ...flags, special: true },
      { id: 1, content: '[SEP]', ...flags, special: true },
      { id: 8, content: '<x>', ...flags, lstrip: true, special: false },
    ],
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), text('A', 0), special('[SEP]')],
      pair: [special('[CLS]'), text('A', 0), special('[SEP]'), text('B', 1), special('[SEP]', 1)],
      special_tokens: { '[CLS]': token('[CLS]', 0), '[SEP]': token('[SEP]', 1) },
    },
    model: {
      type: 'WordPiece',
      vocab,
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
  })
}

describe('Encoding', () => {
  it('has all columns of a text', () => {
    const encoding = bert().encodeFull('ab  c')
    expect(encoding.ids).toEqual([0, 3, 5, 6, 1])
    expect(encoding.tokens).toEqual(['[CLS]', 'a', '##b', 'c', '[SEP]'])
    expect(encoding.offsets).toEqual([
      [0, 0],
      [0, 1],
      [1, 2],
      [4, 5],
      [0, 0],
    ])
    expect(encoding.wordIds).toEqual([null, 0, 0, 1, null])
    expect(encoding.sequenceIds).toEqual([null, 0, 0, 0, null])
    expect(encoding.typeIds).toEqual([0, 0, 0, 0, 0])
    expect(encoding.specialTokensMask).toEqual([1, 0, 0, 0, 1])
    expect(encoding.attentionMask).toEqual([1, 1, 1, 1, 1])
    expect(encoding.overflowing).toEqual([])
    expect(encoding.length).toBe(5)
  })

  it('counts in code points and in UTF-16 units', () => {
    const text = '\u{1f642} ab'
    const encoding = bert().encodeFull(text, undefined, { addSpecialTokens: false })
    expect(encoding.offsets).toEqual([
      [0, 1],
      [2, 3],
      [3, 4],
    ])
    expect(encoding.utf16Offsets.map(([start, end]) => text.slice(start, end))).toEqual([
      '\u{1f642}',
      'a',
      'b',
    ])
    expect(encoding.charToToken(2)).toBe(1)
    expect(encoding.utf16ToToken(3)).toBe(1)
    expect(encoding.tokenToChars(2)).toEqual([3, 4])
    expect(encoding.tokenToUtf16(2)).toEqual([4, 5])
    expect(encoding.wordToChars(1)).toEqual([2, 4])
    expect(encoding.wordToUtf16(1)).toEqual([3, 5])
  })

  it('goes between characters, words and tokens of a pair', () => {
    const encoding = bert().encodeFull('c ab', 'b')
    expect(encoding.ids).toEqual([0, 6, 3, 5, 1, 4, 1])
    expect(encoding.typeIds).toEqual([0, 0, 0, 0, 0, 1, 1])
    expect(encoding.sequenceIds).toEqual([null, 0, 0, 0, null, 1, null])
    expect(encoding.nSequences).toBe(2)
    expect(encoding.charToToken(0, 1)).toBe(5)
    expect(encoding.charToToken(1, 1)).toBeUndefined()
    expect(encoding.charToWord(3)).toBe(1)
    expect(encoding.wordToTokens(1)).toEqual([2, 4])
    expect(encoding.wordToTokens(0, 1)).toEqual([5, 6])
    expect(encoding.wordToTokens(7)).toBeUndefined()
    expect(encoding.wordToTokens(-1)).toBeUndefined()
    expect(encoding.tokenToWord(3)).toBe(1)
    expect(encoding.tokenToWord(4)).toBeUndefined()
    expect(encoding.tokenToSequence(5)).toBe(1)
    expect(encoding.tokenToSequence(0)).toBeUndefined()
    expect(encoding.tokenToChars(0)).toBeUndefined()
    expect(encoding.tokenToSequence(99)).toBeUndefined()
    expect(encoding.tokenToSequence(-1)).toBeUndefined()
  })

  it('writes added tokens with the space they took along', () => {
    const encoding = bert().encodeFull('c  <x>', undefined, { addSpecialTokens: false })
    expect(encoding.tokens).toEqual(['c', '  <x>'])
    expect(encoding.offsets).toEqual([
      [0, 1],
      [1, 6],
    ])
  })

  it('is cut and padded in place', () => {
    const encoding = bert().encodeFull('a b c', undefined, { addSpecialTokens: false })
    encoding.truncate(2, { stride: 1 })
    expect(encoding.ids).toEqual([3, 4])
    expect(encoding.overflowing.map((part) => part.ids)).toEqual([[4, 6]])
    encoding.pad(3, { direction: 'left', padId: 2, padToken: '[UNK]' })
    expect(encoding.ids).toEqual([2, 3, 4])
    expect(encoding.tokens).toEqual(['[UNK]', 'a', 'b'])
    expect(encoding.attentionMask).toEqual([0, 1, 1])
    expect(encoding.specialTokensMask).toEqual([1, 0, 0])
    expect(encoding.overflowing[0]!.ids).toEqual([2, 4, 6])
    expect(() => encoding.pad(2 ** 40)).toThrow('padded to 16777216 tokens at most')
  })

  it('keeps the texts apart when padded at the left', () => {
    const encoding = bert().encodeFull('a', 'b')
    encoding.pad(7, { direction: 'left' })
    expect(encoding.sequenceIds).toEqual([null, null, null, 0, null, 1, null])
    expect(encoding.charToToken(0, 1)).toBe(5)
  })

  it('merges with others', () => {
    const pipeline = bert()
    const parts = ['ab', 'c'].map((text) =>
      pipeline.encodeFull(text, undefined, { addSpecialTokens: false }),
    )
    const merged = Encoding.merge(parts)
    expect(merged.tokens).toEqual(['a', '##b', 'c'])
    expect(merged.offsets).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ])
    expect(Encoding.merge(parts, { growingOffsets: false }).offsets[2]).toEqual([0, 1])
    expect(Encoding.merge([]).ids).toEqual([])
  })

  it('combines what was cut off both texts of a pair, when asked', () => {
    const truncation = { maxLength: 7, stride: 0 }
    const encoding = bert().encodeFull('a b c', 'c b a', { truncation })
    expect(encoding.ids).toEqual([0, 3, 4, 1, 6, 4, 1])
    const parts = encoding.overflowing
    expect(parts.map((part) => part.ids)).toEqual([
      [0, 6, 1, 6, 4, 1],
      [0, 6, 1, 3, 1],
      [0, 3, 4, 1, 3, 1],
    ])
    expect(parts[0]!.overflowing.map((part) => part.ids)).toEqual([[0, 6, 1, 3, 1]])
    // A thousand parts on each side are a million combinations, each with a thousand of its own.
    const long = 'a b c '.repeat(700)
    const before = process.cpuUsage()
    const big = bert().encodeFull(long, long, { truncation: { maxLength: 7, stride: 1 } })
    expect(big.length).toBe(7)
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2)
  })
})
