import { describe, expect, it } from 'vitest'
import { Pipeline } from './pipeline.ts'

const vocab = Object.fromEntries([...'abcdef \u2581<>x'].map((character, id) => [character, id]))
const bpe = { type: 'BPE', vocab, merges: [] }
const json = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'WhitespaceSplit' },
  post_processor: null,
  decoder: null,
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab,
    merges: [],
  },
}

const idsOf = (pipeline: Pipeline, text: string, truncation: object) =>
  pipeline.encodeFull(text, undefined, { truncation: truncation as { maxLength: number } }).ids

describe('Pipeline', () => {
  it('gives back the file that it was made of', () => {
    const full = {
      ...json,
      truncation: { direction: 'Left', max_length: 9, strategy: 'OnlyFirst', stride: 2 },
      padding: {
        strategy: { Fixed: 12 },
        direction: 'Left',
        pad_to_multiple_of: 8,
        pad_id: 1,
        pad_type_id: 2,
        pad_token: '<x>',
      },
      added_tokens: [
        {
          id: 11,
          content: '<x>',
          single_word: true,
          lstrip: true,
          rstrip: true,
          normalized: false,
          special: true,
        },
      ],
      normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }] },
          { type: 'Digits', individual_digits: true },
        ],
      },
      post_processor: { type: 'BertProcessing', sep: ['b', 1], cls: ['a', 0] },
      decoder: { type: 'Sequence', decoders: [{ type: 'Fuse' }, { type: 'ByteFallback' }] },
    }
    expect(new Pipeline(full).toJSON()).toEqual(full)
    expect(new Pipeline({ version: '1.0', model: bpe }).toJSON()).toEqual({
      ...json,
      pre_tokenizer: null,
    })
  })

  it('takes the truncation and padding of the file for batches', () => {
    const pipeline = new Pipeline({
      ...json,
      truncation: { direction: 'Right', max_length: 4, strategy: 'LongestFirst', stride: 0 },
      padding: {
        strategy: 'BatchLongest',
        direction: 'Right',
        pad_to_multiple_of: null,
        pad_id: 10,
        pad_type_id: 0,
        pad_token: 'x',
      },
    })
    const batch = pipeline.encodeBatch([{ text: 'a b c d e' }, { text: 'f' }])
    expect(batch.map((encoding) => encoding.ids)).toEqual([
      [0, 1, 2, 3],
      [5, 10, 10, 10],
    ])
    expect(batch[0]!.overflowing.map((part) => part.ids)).toEqual([[4, 10, 10, 10]])
    expect(pipeline.encodeFull('a b c d e').ids).toEqual([0, 1, 2, 3, 4])
    pipeline.setTruncation(undefined)
    pipeline.setPadding({ length: 2 })
    expect(pipeline.encodeBatch([{ text: 'a b c d e' }])[0]!.length).toBe(5)
    expect(pipeline.encodeBatch([])).toEqual([])
    expect(() => pipeline.setTruncation({ maxLength: 1, stride: 2 })).toThrow('got 2')
  })

  it('encodes words by themselves', () => {
    const pipeline = new Pipeline({ ...json, model: { ...bpe, unk_token: 'x' } })
    const encoding = pipeline.encodeFull(['ab', '', 'c d', '\u{1f642}a'])
    expect(encoding.ids).toEqual([0, 1, 2, 3, 10, 0])
    expect(encoding.wordIds).toEqual([0, 0, 2, 2, 3, 3])
    expect(encoding.offsets).toEqual([
      [0, 1],
      [1, 2],
      [0, 1],
      [2, 3],
      [0, 1],
      [1, 2],
    ])
    expect(encoding.utf16Offsets.slice(4)).toEqual([
      [0, 2],
      [2, 3],
    ])
  })

  it('reads lone surrogates as U+FFFD, one unit each', () => {
    const pipeline = new Pipeline({ ...json, model: { ...bpe, unk_token: 'x' } })
    const encoding = pipeline.encodeFull('\ud800a\udc00')
    expect(encoding.ids).toEqual([10, 0, 10])
    expect(encoding.utf16Offsets).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ])
  })

  it('stops early, with the result that it would have had', () => {
    let pieces = 0
    const pipeline = new Pipeline(json)
    const { model } = pipeline
    const tokenize = model.tokenize.bind(model)
    model.tokenize = (...args) => {
      pieces++
      tokenize(...args)
    }
    const text = 'ab cd ef '.repeat(1000)
    for (const direction of ['right', 'left'] as const) {
      for (const maxLength of [1, 2, 7]) {
        const all = pipeline.encodeFull(text, undefined, { truncation: { maxLength, direction } })
        pieces = 0
        const truncation = { maxLength, direction, overflow: 'none' as const }
        const short = pipeline.encodeFull(text, undefined, { truncation })
        expect(pieces).toBeLessThan(10)
        expect(short.ids).toEqual(all.ids)
        expect(short.offsets).toEqual(all.offsets)
        expect(short.wordIds).toEqual(all.wordIds)
        expect(short.overflowing).toEqual([])
        expect(pipeline.encodeIds(text, undefined, { truncation })).toEqual(all.ids)
      }
    }
    pieces = 0
    pipeline.encodeIds(text, undefined, { truncation: { maxLength: 9 } })
    expect(pieces).toBe(5)
  })

  it('stops within a piece where nothing after changes what is there', () => {
    // As in SentencePiece files, a text is one piece.
    const text = '\u2581ab\u2581cd'.repeat(1000)
    const model = { ...bpe, vocab: { ...vocab, ab: 11 }, merges: ['a b'], unk_token: 'x' }
    const pipeline = new Pipeline({ ...json, pre_tokenizer: null, model })
    const truncation = { maxLength: 8 }
    const all = pipeline.encodeFull(text, undefined, { truncation })
    expect(pipeline.encodeIds(text, undefined, { truncation })).toEqual(all.ids)
    const short = pipeline.encodeFull(text, undefined, {
      truncation: { ...truncation, overflow: 'none' },
    })
    expect([short.ids, short.offsets]).toEqual([all.ids, all.offsets])
    expect(pipeline.encode(text).length).toBe(5000)
    expect(pipeline.encode(text, { limit: 8 }).length).toBeLessThan(12)
  })

  it('cuts pairs alike whether it stops early or not', () => {
    const pipeline = new Pipeline(json)
    const texts = ['', 'a', 'a b c', 'a b c d e f a b', 'f e d c b a f e d c b a']
    for (const strategy of ['longest_first', 'only_first', 'only_second'] as const) {
      for (const text of texts) {
        for (const pair of texts) {
          for (const maxLength of [1, 4, 5]) {
            const run = (overflow: 'all' | 'none') => {
              try {
                const truncation = { maxLength, strategy, overflow }
                const full = pipeline.encodeFull(text, pair, { truncation })
                if (overflow === 'none') {
                  expect(pipeline.encodeIds(text, pair, { truncation })).toEqual(full.ids)
                }
                return [full.ids, full.sequenceIds]
              } catch (error) {
                return (error as { code: string }).code
              }
            }
            expect(run('none')).toEqual(run('all'))
          }
        }
      }
    }
  })

  it('stops at the word in which a text is full, as tokenizers 0.23.2', () => {
    const pipeline = new Pipeline(json)
    const text = 'ab cde f ab'
    const truncation = { maxLength: 3, overflow: 'word' as const }
    const right = pipeline.encodeFull(text, undefined, { truncation })
    expect([right.ids, right.overflowing.map((part) => part.ids)]).toEqual([[0, 1, 2], [[3, 4]]])
    const left = pipeline.encodeFull(text, undefined, {
      truncation: { ...truncation, direction: 'left' },
    })
    expect([left.ids, left.wordIds]).toEqual([
      [5, 0, 1],
      [0, 1, 1],
    ])
    expect(idsOf(pipeline, text, { maxLength: 3, direction: 'left' })).toEqual([5, 0, 1])
  })

  it('lays ids out, counts what it adds, and decodes tokens', () => {
    const post_processor = { type: 'BertProcessing', sep: ['b', 1], cls: ['a', 0] }
    const pipeline = new Pipeline({ ...json, post_processor })
    const laid = pipeline.layOut([4], [5, 5])
    expect(laid.ids).toEqual([0, 4, 1, 5, 5, 1])
    expect(laid.specialTokensMask).toEqual([1, 0, 1, 0, 0, 1])
    expect(laid.typeIds).toEqual([0, 0, 0, 1, 1, 1])
    expect([false, true].map((isPair) => pipeline.numSpecialTokensToAdd(isPair))).toEqual([2, 3])
    expect(pipeline.encodeIds('e', 'f')).toEqual([0, 4, 1, 5, 1])
    expect(pipeline.encodeIds('e', 'f', { addSpecialTokens: false })).toEqual([4, 5])
    expect(pipeline.decodeTokens(['a', 'b'])).toBe('a b')
  })

  it('normalizes and cuts by itself', () => {
    const pipeline = new Pipeline({ ...json, normalizer: { type: 'Lowercase' } })
    expect(pipeline.normalize('A\ud800')).toBe('a\ufffd')
    expect(pipeline.preTokenize('\u{1f642}A b')).toEqual([
      { text: '\u{1f642}A', offsets: [0, 2], utf16Offsets: [0, 3] },
      { text: 'b', offsets: [3, 4], utf16Offsets: [4, 5] },
    ])
    expect(pipeline.preTokenize('')).toEqual([])
  })

  it('counts the tokens that are new', () => {
    const pipeline = new Pipeline(json)
    const token = {
      content: '<x>',
      singleWord: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: false,
    }
    const empty = { ...token, content: '' }
    expect(pipeline.addTokens([token, token, empty, { ...token, content: 'a' }])).toBe(2)
    expect(pipeline.addTokens([token])).toBe(0)
    expect(pipeline.addTokens([{ ...token, special: true }])).toBe(1)
    expect(pipeline.encode('a<x>b')).toEqual([0, 11, 1])
  })
})
