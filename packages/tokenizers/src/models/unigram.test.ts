import { describe, expect, it } from 'vitest'
import { readModel } from './read-model.ts'

const vocab = [
  ['<unk>', 0],
  ['a', 0],
  ['b', 0],
  ['c', 0],
  ['d', 0],
  ['cd', 1],
  ['ab', 2],
  ['abc', 5],
  ['abcd', 10],
]
const base = { type: 'Unigram', unk_id: 0, vocab, byte_fallback: false }

function tokens(json: object, text: string, start = 0, end = text.length) {
  const out = { ids: [7], spans: [0, 0] }
  readModel(json, 'model').tokenize(text, start, end, out)
  return { ids: out.ids.slice(1), spans: out.spans.slice(2) }
}

/** The best sum of scores of all ways to cut `text`. */
function bestSum(text: string, scores: Map<string, number>, unk: number): number {
  const best = [0]
  for (let end = 1; end <= text.length; end++) {
    best[end] = -Infinity
    for (let start = 0; start < end; start++) {
      const token = text.slice(start, end)
      const score = scores.get(token) ?? (token.length === 1 ? unk : -Infinity)
      best[end] = Math.max(best[end]!, best[start]! + score)
    }
  }
  return best[text.length]!
}

describe('Unigram', () => {
  it('takes the tokens with the greatest sum of scores', () => {
    expect(tokens(base, 'abcdacd').ids).toEqual([8, 1, 5])
    expect(tokens(base, '-abcb-', 1, 5)).toEqual({ ids: [7, 2], spans: [0, 3, 3, 4] })
    expect(tokens(base, '')).toEqual({ ids: [], spans: [] })
  })

  it('makes one token of unknown characters in a row', () => {
    expect(tokens(base, 'axx\u{1f600}b')).toEqual({ ids: [1, 0, 2], spans: [0, 1, 1, 5, 5, 6] })
    // A token that nobody chose as such may still be what the unknown characters spell.
    const json = { ...base, vocab: [...vocab, ['xy', -100]] }
    expect(tokens(json, 'xy').ids).toEqual([9])
  })

  it('falls back to bytes where all of them are there', () => {
    const bytes = [
      ['<0xC3>', -1],
      ['<0xA9>', -1],
    ]
    const json = { ...base, byte_fallback: true, vocab: [...vocab, ...bytes] }
    expect(tokens(json, 'a\u00e9')).toEqual({ ids: [1, 9, 10], spans: [0, 1, 1, 2, 1, 2] })
    expect(tokens(json, 'a\u00e9\u00e8').ids).toEqual([1, 0])
  })

  it('keeps the first of equal paths and adds from the left', () => {
    const ties = [
      ['<unk>', 0],
      ['a', -1],
      ['aa', -2],
      ['b', -0.3],
      ['c', -0.2],
      ['d', -0.1],
      ['cd', -0.2 - 0.1],
    ]
    expect(tokens({ ...base, vocab: ties }, 'aaa').ids).toEqual([1, 2])
    // In floating point (0.3 + 0.2) + 0.1 is less than 0.3 + (0.2 + 0.1).
    expect(tokens({ ...base, vocab: ties }, 'bcd').ids).toEqual([3, 4, 5])
  })

  it('equals the definition on random models', () => {
    let seed = 11
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return (seed >>> 8) % below
    }
    const word = (length: number) => Array.from({ length }, () => 'abcd'.charAt(random(4))).join('')
    for (let round = 0; round < 200; round++) {
      const scores = new Map<string, number>()
      for (let i = 0; i < 20; i++) scores.set(word(1 + random(5)), -random(1000) / 64)
      const list = [...scores]
      const json = { ...base, vocab: [['<unk>', 0], ...list] }
      const unk = Math.min(0, ...scores.values()) - 10
      const text = word(1 + random(30))
      const model = readModel(json, 'model')
      const out = { ids: [] as number[], spans: [] as number[] }
      model.tokenize(text, 0, text.length, out)
      let sum = 0
      out.ids.forEach((id, i) => {
        const [start, end] = [out.spans[2 * i]!, out.spans[2 * i + 1]!]
        sum += id === 0 ? unk * (end - start) : list[id - 1]![1]
        if (id !== 0) expect(text.slice(start, end)).toBe(model.tokenOf(id))
      })
      expect(sum).toBeCloseTo(bestSum(text, scores, unk), 9)
    }
  })

  it('gives the same ids for a piece that it has met', () => {
    const model = readModel(base, 'model')
    const bare = { ids: [] as number[], spans: undefined }
    for (let i = 0; i < 3; i++) model.tokenize('-abcdxxb-', 1, 8, bare)
    expect(bare.ids).toEqual([8, 0, 2, 8, 0, 2, 8, 0, 2])
    const out = { ids: [], spans: [] }
    model.tokenize('abcdxxb', 0, 7, out)
    expect(out).toEqual({ ids: [8, 0, 2], spans: [0, 4, 4, 6, 6, 7] })
  })

  it('takes the last of two equal tokens and counts both', () => {
    const model = readModel({ ...base, vocab: [...vocab, ['a', -1]] }, 'model')
    expect([model.idOf('a'), model.tokenOf(1), model.size]).toEqual([9, 'a', 10])
  })

  it('needs the unknown token only when a text does', () => {
    const json = { ...base, unk_id: null }
    expect(tokens(json, 'ab').ids).toEqual([6])
    expect(() => tokens(json, 'a\u00e9')).toThrow('Unigram: unk_id must be given')
    expect(() => tokens({ ...base, unk_id: null, vocab: [] }, 'a')).toThrow('unk_id must be given')
  })

  it('takes a second at most for a megabyte of one character', () => {
    const model = readModel(base, 'model')
    for (const character of ['a', 'x', '\u{1f600}']) {
      const text = character.repeat(2 ** 20 / character.length)
      const before = process.cpuUsage()
      model.tokenize(text, 0, text.length, { ids: [], spans: undefined })
      expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1)
    }
  })

  it('writes the model it was read from', () => {
    expect(readModel(base, 'model').toJSON()).toEqual(base)
    const json = { ...base, unk_id: null, byte_fallback: true }
    expect(readModel(json, 'model').toJSON()).toEqual(json)
  })

  it.each([
    [{ ...base, vocab: {} }, 'ERR_TOKENIZER_FORMAT', 'model.vocab: must be an array'],
    [{ ...base, vocab: ['a'] }, 'ERR_TOKENIZER_FORMAT', 'model.vocab[0]: must be an array'],
    [{ ...base, vocab: [['a']] }, 'ERR_TOKENIZER_FORMAT', 'a token and its score'],
    [{ ...base, vocab: [[1, 1]] }, 'ERR_TOKENIZER_FORMAT', 'model.vocab[0][0]: must be a string'],
    [{ ...base, vocab: [['a', NaN]] }, 'ERR_TOKENIZER_FORMAT', 'a finite number'],
    [{ ...base, vocab: [['a', -Infinity]] }, 'ERR_TOKENIZER_FORMAT', 'a finite number'],
    [{ ...base, vocab: [['a', null]] }, 'ERR_TOKENIZER_FORMAT', 'a finite number'],
    [{ ...base, vocab: [['\udc00', 0]] }, 'ERR_TOKENIZER_FORMAT', 'without lone surrogates'],
    [{ ...base, vocab: [['a'.repeat(5000), 0]] }, 'ERR_TOKENIZER_LIMIT', '4096 UTF-16 units'],
    [{ ...base, unk_id: 9 }, 'ERR_TOKENIZER_ID_RANGE', 'one of the 9 tokens; got 9'],
    [{ ...base, unk_id: 2 ** 32 - 1 }, 'ERR_TOKENIZER_ID_RANGE', 'got 4294967295'],
    [{ ...base, unk_id: -1 }, 'ERR_TOKENIZER_FORMAT', 'got -1'],
    [{ ...base, unk_id: 0, vocab: [] }, 'ERR_TOKENIZER_ID_RANGE', 'one of the 0 tokens'],
    [{ ...base, byte_fallback: 1 }, 'ERR_TOKENIZER_FORMAT', 'byte_fallback'],
  ])('refuses a malformed model %#', (json, code, message) => {
    expect(() => readModel(json, 'model')).toThrow(message)
    expect(() => readModel(json, 'model')).toThrow(expect.objectContaining({ code }))
  })
})
