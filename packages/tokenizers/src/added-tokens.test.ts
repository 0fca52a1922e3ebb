import { describe, expect, it } from 'vitest'
import { createTokenizer } from './create-tokenizer.ts'
import { Pipeline } from './pipeline.ts'

const flags = {
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: false,
}

function tokenizer(added: object[], normalizer: object | null = null) {
  const characters = ' abcABC<x>▁'
  const vocab = Object.fromEntries([...characters].map((character, i) => [character, i]))
  const added_tokens = added.map((token, i) => ({
    ...flags,
    id: 100 + i,
    content: '<x>',
    ...token,
  }))
  return createTokenizer({
    version: '1.0',
    added_tokens,
    normalizer,
    model: { type: 'BPE', vocab, merges: [] },
  })
}

const X = 11 // the first id after the vocabulary: ids of the file do not make gaps

describe('added tokens', () => {
  it('are found before the model, the longest first', () => {
    const t = tokenizer([{ content: 'ab' }, { content: 'abc' }])
    expect(t.encode('aabcab')).toEqual([1, X + 1, X])
    expect(t.size).toBe(13)
    expect(t.vocabSize).toBe(11)
  })

  it('take white space along when they strip', () => {
    expect(tokenizer([{ lstrip: true }]).encode('a  <x> b')).toEqual([1, X, 0, 2])
    expect(tokenizer([{ rstrip: true }]).encode('a <x>  b')).toEqual([1, 0, X, 2])
  })

  it('stand alone when they are single words', () => {
    const t = tokenizer([{ content: 'ab', single_word: true }])
    expect(t.encode('ab cab ab')).toEqual([X, 0, 3, 1, 2, 0, X])
    expect(t.encode('\u0301ab')).toEqual([1, 2])
  })

  it('are looked for in the normalized text when they are normalized', () => {
    const lower = { type: 'Lowercase' }
    expect(tokenizer([{ content: 'AB', normalized: true }], lower).encode('abAB')).toEqual([X, X])
    expect(tokenizer([{ content: 'AB' }], lower).encode('abAB')).toEqual([1, 2, X])
  })

  it('are text when special tokens are split', () => {
    const t = tokenizer([{ special: true }, { content: 'ab' }])
    expect(t.encode('<x>ab')).toEqual([X, X + 1])
    expect(t.encode('<x>ab', { splitSpecialTokens: true })).toEqual([7, 8, 9, X + 1])
    expect(t.decode([X, X + 1], { skipSpecialTokens: true })).toBe('ab')
  })

  it('find nothing quadratic in a megabyte of beginnings', () => {
    const t = tokenizer([{ content: '<<<<<<<<x>' }])
    const before = process.cpuUsage()
    expect(t.encode('<'.repeat(1 << 20)).length).toBe(1 << 20)
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2)
  })

  it('share a run of white space, the first taking it', () => {
    const t = tokenizer([
      { content: '<x>', rstrip: true },
      { content: ' ', lstrip: true, rstrip: true },
    ])
    // A space of the vocabulary keeps its id.
    expect(t.encode('<x>  a')).toEqual([X, 0, 0, 1])
    expect(t.pipeline.encodeFull('<x>  a').offsets).toEqual([
      [0, 5],
      [5, 5],
      [5, 5],
      [5, 6],
    ])
  })

  it('take white space along in time linear in it', () => {
    const t = tokenizer([{ content: ' ', lstrip: true, rstrip: true }])
    const before = process.cpuUsage()
    expect(t.encode(' '.repeat(1 << 19)).length).toBe(1 << 19)
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2)
  })

  it('get ids of their own where the vocabulary is empty', () => {
    const pipeline = new Pipeline({ version: '1.0', model: { type: 'BPE', vocab: {}, merges: [] } })
    const token = (content: string) => ({
      content,
      singleWord: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: false,
    })
    expect(pipeline.addTokens(['a', 'b'].map(token))).toBe(2)
    expect(pipeline.addTokens([token('c')])).toBe(1)
    expect(pipeline.encode('cab')).toEqual([2, 0, 1])
    expect(new Pipeline(pipeline.toJSON()).encode('cab')).toEqual([2, 0, 1])
  })

  it.each([
    [{ content: '' }, 'ERR_TOKENIZER_FORMAT', 'content: must not be empty'],
    [{ content: 'x'.repeat(5000) }, 'ERR_TOKENIZER_LIMIT', 'may be 1024 characters long at most'],
    [{ id: -1 }, 'ERR_TOKENIZER_ID_RANGE', 'got -1'],
    [{ id: 2 ** 32 - 1 }, 'ERR_TOKENIZER_ID_RANGE', 'got 4294967295'],
    [{ id: 0 }, 'ERR_TOKENIZER_ID_RANGE', 'got 0 for "<x>" and " "'],
    [{ special: 'yes' }, 'ERR_TOKENIZER_FORMAT', 'special: must be true or false; got "yes".'],
  ])('refuse %j', (token, code, message) => {
    expect(() => tokenizer([token])).toThrow(message)
    expect(() => tokenizer([token])).toThrow(expect.objectContaining({ code }))
  })
})
