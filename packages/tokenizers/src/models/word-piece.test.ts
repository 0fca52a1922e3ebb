import { describe, expect, it } from 'vitest'
import { readModel } from './read-model.ts'

const base = {
  type: 'WordPiece',
  unk_token: '[UNK]',
  continuing_subword_prefix: '##',
  max_input_chars_per_word: 10,
  vocab: { '[UNK]': 0, un: 1, '##aff': 2, '##able': 3, '##a': 4, '##': 5, a: 6, '\u{1f600}': 7 },
}

function tokens(json: object, text: string, start = 0, end = text.length) {
  const out = { ids: [9], spans: [8, 8] }
  readModel(json, 'model').tokenize(text, start, end, out)
  return { ids: out.ids.slice(1), spans: out.spans.slice(2) }
}

describe('WordPiece', () => {
  it('takes the longest token from the left', () => {
    expect(tokens(base, 'unaffable')).toEqual({ ids: [1, 2, 3], spans: [0, 2, 2, 5, 5, 9] })
    expect(tokens(base, '-unaff-', 1, 6)).toEqual({ ids: [1, 2], spans: [0, 2, 2, 5] })
    expect(tokens(base, '\u{1f600}a')).toEqual({ ids: [7, 4], spans: [0, 2, 2, 3] })
  })

  it('makes one unknown token of a word with a part that has none', () => {
    expect(tokens(base, 'unaffx')).toEqual({ ids: [0], spans: [0, 6] })
    // A prefix that stands in the text is text.
    expect(tokens(base, '##')).toEqual({ ids: [5], spans: [0, 2] })
    expect(tokens(base, 'a##')).toEqual({ ids: [0], spans: [0, 3] })
  })

  it('counts characters, not code units, against the limit', () => {
    const vocab = { ...base.vocab, '##\u{1f600}': 8 }
    const json = { ...base, max_input_chars_per_word: 3, vocab }
    expect(tokens(json, '\u{1f600}'.repeat(3)).ids).toEqual([7, 8, 8])
    expect(tokens(json, '\u{1f600}'.repeat(4)).ids).toEqual([0])
    expect(tokens({ ...json, max_input_chars_per_word: 0 }, 'a').ids).toEqual([0])
  })

  it('knows prefixes that are empty or in no token', () => {
    const json = { ...base, continuing_subword_prefix: '' }
    expect(tokens(json, 'una').ids).toEqual([1, 6])
    expect(tokens({ ...base, continuing_subword_prefix: '@@' }, 'una').ids).toEqual([0])
  })

  it('needs the unknown token only when a text does', () => {
    const json = { ...base, unk_token: '[NONE]' }
    expect(tokens(json, 'un').ids).toEqual([1])
    expect(() => tokens(json, 'x')).toThrow('WordPiece: unk_token must be in the vocabulary')
  })

  it('leads spans of bytes back to characters', () => {
    const vocab = { '[UNK]': 0, '\u00c3': 1, '##\u00a9': 2, '##a': 3 }
    const out = { ids: [], spans: [] }
    readModel({ ...base, vocab }, 'model').tokenizeBytes('x\u00e9ax', 1, 3, out)
    expect(out).toEqual({ ids: [1, 2, 3], spans: [0, 1, 0, 1, 1, 2] })
  })

  it('writes the model it was read from', () => {
    const model = readModel(base, 'model')
    expect(model.toJSON()).toEqual(base)
    expect([...model.entries()]).toContainEqual(['##aff', 2])
    expect([model.size, model.idOf('un'), model.tokenOf(3)]).toEqual([8, 1, '##able'])
  })

  it.each([
    [{ ...base, vocab: { a: 2 ** 32 - 1, b: 0 } }, 'ERR_TOKENIZER_ID_RANGE'],
    [{ ...base, vocab: { a: 0, b: 0 } }, 'ERR_TOKENIZER_ID_RANGE'],
    [{ ...base, vocab: { ['a'.repeat(5000)]: 0 } }, 'ERR_TOKENIZER_LIMIT'],
    [{ ...base, vocab: [] }, 'ERR_TOKENIZER_FORMAT'],
    [{ ...base, max_input_chars_per_word: -1 }, 'ERR_TOKENIZER_FORMAT'],
    [{ ...base, max_input_chars_per_word: undefined }, 'ERR_TOKENIZER_FORMAT'],
    [{ ...base, unk_token: undefined }, 'ERR_TOKENIZER_FORMAT'],
    [{ ...base, continuing_subword_prefix: null }, 'ERR_TOKENIZER_FORMAT'],
  ])('refuses a malformed model %#', (json, code) => {
    expect(() => readModel(json, 'model')).toThrow(expect.objectContaining({ code }))
  })
})
