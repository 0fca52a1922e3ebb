import { describe, expect, it } from 'vitest'
import { readModel } from './read-model.ts'

const base = {
  type: 'WordLevel',
  vocab: { '[UNK]': 0, one: 2, '\u00c3\u00a9': 1 },
  unk_token: '[UNK]',
}

function tokens(json: object, text: string, start = 0, end = text.length) {
  const out = { ids: [], spans: [] }
  readModel(json, 'model').tokenize(text, start, end, out)
  return out
}

describe('WordLevel', () => {
  it('has one token for a piece', () => {
    expect(tokens(base, 'one')).toEqual({ ids: [2], spans: [0, 3] })
    expect(tokens(base, '-one-', 1, 4)).toEqual({ ids: [2], spans: [0, 3] })
    expect(tokens(base, 'ones')).toEqual({ ids: [0], spans: [0, 4] })
  })

  it('needs the unknown token only when a text does', () => {
    const json = { ...base, unk_token: '[NONE]' }
    expect(tokens(json, 'one').ids).toEqual([2])
    expect(() => tokens(json, 'two')).toThrow('WordLevel: unk_token must be in the vocabulary')
  })

  it('reads bytes as characters', () => {
    const out = { ids: [], spans: [] }
    readModel(base, 'model').tokenizeBytes('\u00e9', 0, 1, out)
    expect(out).toEqual({ ids: [1], spans: [0, 1] })
  })

  it('writes the model it was read from', () => {
    expect(readModel(base, 'model').toJSON()).toEqual(base)
  })

  it('knows models of old files by their fields', () => {
    const { vocab, unk_token } = base
    expect(readModel({ vocab, unk_token }, 'model').kind).toBe('WordLevel')
    const wordPiece = { continuing_subword_prefix: '##', max_input_chars_per_word: 100 }
    expect(readModel({ vocab, unk_token, ...wordPiece }, 'model').kind).toBe('WordPiece')
    expect(readModel({ vocab: [['a', 0]], unk_id: 0 }, 'model').kind).toBe('Unigram')
    expect(readModel({ vocab: { a: 0 }, merges: [] }, 'model').kind).toBe('BPE')
  })

  it('refuses a model without an unknown token', () => {
    expect(() => readModel({ ...base, unk_token: null }, 'model')).toThrow(
      'model.unk_token: must be a string; got nothing.',
    )
  })
})
