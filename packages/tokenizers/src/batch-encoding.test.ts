import { describe, expect, it, vi } from 'vitest'
import { createTokenizer, type TokenizerFiles } from './create-tokenizer.ts'

const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'a', 'b', 'c', 'd', 'e', '\u{1f642}']
const piece = (id: string, type_id: number) =>
  id.length === 1 ? { Sequence: { id, type_id } } : { SpecialToken: { id, type_id } }
const named = (id: string) => [id, { id, ids: [words.indexOf(id)], tokens: [id] }]

function make(files: TokenizerFiles = {}) {
  const json = {
    version: '1.0',
    added_tokens: words.slice(0, 4).map((content, id) => ({ id, content, special: true })),
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [piece('[CLS]', 0), piece('A', 0), piece('[SEP]', 0)],
      pair: [piece('[CLS]', 0), piece('A', 0), piece('[SEP]', 0), piece('B', 1), piece('[SEP]', 1)],
      special_tokens: Object.fromEntries([named('[CLS]'), named('[SEP]')]),
    },
    model: {
      type: 'WordLevel',
      unk_token: '[UNK]',
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  }
  const config = { pad_token: '[PAD]', unk_token: '[UNK]', ...files.config }
  return createTokenizer(json, { ...files, config })
}
const t = make()

describe('call', () => {
  it('gives a row for each text, also for one', () => {
    expect(t.call('a b').data).toEqual({ inputIds: [[2, 4, 5, 3]], attentionMask: [[1, 1, 1, 1]] })
    expect(t.call(['a', 'b c']).inputIds).toEqual([
      [2, 4, 3],
      [2, 5, 6, 3],
    ])
    expect(t.call([]).data).toEqual({ inputIds: [], attentionMask: [] })
    expect(JSON.stringify(t.call('a'))).toBe('{"inputIds":[[2,4,3]],"attentionMask":[[1,1,1]]}')
  })

  it('takes pairs in three ways, and an empty second text for none', () => {
    const want = [[2, 4, 3, 5, 3]]
    expect(t.call('a', { textPair: 'b' }).inputIds).toEqual(want)
    expect(t.call(['a'], { textPair: ['b'] }).inputIds).toEqual(want)
    expect(t.call([['a', 'b']]).inputIds).toEqual(want)
    expect(t.call('a', { textPair: '' }).inputIds).toEqual([[2, 4, 3]])
    expect(t.encode('a', { textPair: '' })).toEqual([2, 4, 3])
    expect(t.call(['a'], { textPair: [''] }).inputIds).toEqual([[2, 4, 3, 3]])
    expect(t.call([['a', 'b']], { returnTokenTypeIds: true }).tokenTypeIds).toEqual([
      [0, 0, 0, 1, 1],
    ])
  })

  it('takes words', () => {
    const split = { isSplitIntoWords: true }
    const one = t.call(['a b', 'c'], split)
    expect([one.inputIds, one.wordIds()]).toEqual([[[2, 4, 5, 6, 3]], [null, 0, 0, 1, null]])
    expect(t.call([['a'], ['b', 'c'], []], split).inputIds).toEqual([
      [2, 4, 3],
      [2, 5, 6, 3],
      [2, 3],
    ])
    expect(t.call([], split).inputIds).toEqual([[2, 3]])
    expect(t.call(['a'], { ...split, textPair: ['b'] }).inputIds).toEqual([[2, 4, 3, 5, 3]])
    expect(t.call([[['a'], ['b', 'c']]], split).inputIds).toEqual([[2, 4, 3, 5, 6, 3]])
    expect(t.encode(['a', 'b'], split)).toEqual([2, 4, 5, 3])
  })

  it('returns what is asked for and names what is not', () => {
    const batch = t.call('a \u{1f642} b', {
      returnAttentionMask: false,
      returnLength: true,
      returnOffsetsMapping: true,
      returnSpecialTokensMask: true,
    })
    expect(batch.data).toEqual({
      inputIds: [[2, 4, 9, 5, 3]],
      length: [5],
      specialTokensMask: [[1, 0, 0, 0, 1]],
      offsetMapping: [
        [
          [0, 0],
          [0, 1],
          [2, 3],
          [4, 5],
          [0, 0],
        ],
      ],
      utf16OffsetMapping: [
        [
          [0, 0],
          [0, 1],
          [2, 4],
          [5, 6],
          [0, 0],
        ],
      ],
    })
    expect(() => batch.attentionMask).toThrow(
      'BatchEncoding: attentionMask must be asked for with returnAttentionMask; got a batch without.',
    )
    expect(() => batch.labels).toThrow('asked for with textTarget')
  })

  it('goes by what the model takes', () => {
    const own = make({ config: { model_input_names: ['input_ids', 'token_type_ids'] } })
    expect(own.call('a').data).toEqual({ inputIds: [[2, 4, 3]], tokenTypeIds: [[0, 0, 0]] })
    expect(own.encode('a')).toEqual([2, 4, 3])
  })

  it('maps between characters, words and tokens of each row', () => {
    const batch = t.call([['a \u{1f642}', 'b c']])
    expect(batch.nSequences).toBe(2)
    expect(batch.tokens()).toEqual(['[CLS]', 'a', '\u{1f642}', '[SEP]', 'b', 'c', '[SEP]'])
    expect(batch.sequenceIds(0)).toEqual([null, 0, 0, null, 1, 1, null])
    expect(batch.wordIds(-1)).toEqual([null, 0, 1, null, 0, 1, null])
    expect([batch.tokenToSequence(0, 5), batch.tokenToWord(0, 5)]).toEqual([1, 1])
    expect([batch.tokenToChars(0, 2), batch.tokenToChars(0, 0)]).toEqual([[2, 3], undefined])
    expect([batch.charToToken(0, 2), batch.charToToken(0, 2, 1)]).toEqual([2, 5])
    expect([batch.charToWord(0, 2), batch.charToWord(0, 1)]).toEqual([1, undefined])
    expect([batch.wordToTokens(0, 1, 1), batch.wordToChars(0, 1, 1)]).toEqual([
      [5, 6],
      [2, 3],
    ])
    expect(() => batch.tokens(1)).toThrow('row must be one of the 1 there are; got 1.')
  })

  it('makes encodings of plain batches when they are asked for, and never of other ids', () => {
    const own = make()
    const batch = own.call(['a b', 'c'], { padding: true })
    own.addTokens('unrelated')
    expect(batch.tokens(1)).toEqual(['[CLS]', 'c', '[SEP]', '[PAD]'])
    const other = own.call('a b')
    own.addTokens('a b')
    expect(() => other.tokens()).toThrow(
      'encodings must be read before ids or the tokenizer change',
    )
  })

  it('gives what is cut off as rows of their own', () => {
    const options = { truncation: true, maxLength: 4, stride: 1, returnOverflowingTokens: true }
    const batch = t.call(['a b c d', 'e'], { ...options, padding: true })
    expect(batch.inputIds).toEqual([
      [2, 4, 5, 3],
      [2, 5, 6, 3],
      [2, 6, 7, 3],
      [2, 8, 3, 0],
    ])
    expect(batch.overflowToSampleMapping).toEqual([0, 0, 0, 1])
    expect(t.encoding('a b c', { truncation: true, maxLength: 4 }).overflowing[0]!.tokens).toEqual([
      '[CLS]',
      'c',
      '[SEP]',
    ])
    expect(t.encode('a b c d', { maxLength: 3 })).toEqual([2, 4, 3])
    const left = make({ config: { truncation_side: 'left' } })
    expect(left.encode('a b c d', { maxLength: 3 })).toEqual([2, 7, 3])
  })

  it('encodes targets as labels', () => {
    const batch = t.call('a', { textTarget: 'b c d', maxLength: 3, maxTargetLength: 4 })
    expect([batch.inputIds, batch.labels]).toEqual([[[2, 4, 3]], [[2, 5, 6, 3]]])
    expect(t.call(undefined, { textTarget: ['b'], textPairTarget: ['c'] }).inputIds).toEqual([
      [2, 5, 3, 6, 3],
    ])
  })

  it('warns once of rows that are too long for the model, unless told not to', () => {
    const warn = vi.fn()
    const own = make({ config: { model_max_length: 3 }, warn })
    own.call('a b', { verbose: false })
    own.call('a')
    own.call('a b c', { truncation: true })
    expect(warn).not.toHaveBeenCalled()
    own.call('a b')
    own.call('a b c')
    own.call('a', { padding: true, maxLength: 4 })
    expect(warn.mock.calls.map(([message]) => message as string)).toEqual([
      'call: a row may be 3 tokens long for this model; got 4. Pass truncation: true.',
      expect.stringContaining('maxLength does nothing with padding: true'),
    ])
  })

  it.each<[string, () => unknown, string]>([
    ['nothing', () => t.call(undefined), 'texts or textTarget must be given; got neither.'],
    ['a number', () => t.call(['a', 1] as never), 'text[1] must be a string; got 1.'],
    [
      'words as text',
      () => t.call([['a', 'b', 'c']]),
      'text[0] must be a string; got ["a","b","c"]',
    ],
    [
      'a text as words',
      () => t.call('a', { isSplitIntoWords: true }),
      'text must be a list of words',
    ],
    [
      'fewer pairs',
      () => t.call(['a', 'b'], { textPair: ['c'] }),
      'a list of 2, one for each text',
    ],
    [
      'one pair',
      () => t.call(['a'], { textPair: 'c' }),
      'a list of 1, one for each text; got "c".',
    ],
    ['a wrong pair', () => t.call([['a', 1]] as never), 'text[0][1] must be a string; got 1.'],
    ['several texts', () => t.encode(['a', 'b']), 'encode: text must be a string; got ["a","b"].'],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
    expect(run).toThrow(expect.objectContaining({ code: 'ERR_TOKENIZER_INPUT' }))
  })

  it.each<[object, string]>([
    [
      { truncation: true, maxLength: 1 },
      'maxLength must leave room for the special tokens, 2 here',
    ],
    [{ textPair: 'b', maxLength: 2 }, 'maxLength must leave room for the special tokens, 3 here'],
    [{ truncation: true, maxLength: 4, stride: 2 }, 'stride'],
    [{ truncation: 'only_second', maxLength: 3 }, 'only_second'],
  ])('refuses %j', (options, message) => {
    expect(() => t.call('a b c d', options)).toThrow(message)
  })
})
