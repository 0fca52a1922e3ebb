// Expected ids and texts are those of sentencepiece 0.2.2 for the same models.
import { describe, expect, it } from 'vitest'
import { createTokenizer } from '../../create-tokenizer.ts'
import { Pipeline } from '../../pipeline.ts'
import { readTokenizerFiles } from '../read-tokenizer-files.ts'
import { modelBytes, type TestModel } from './model-bytes.ts'

const M = '\u2581'
type Case = readonly [
  name: string,
  model: TestModel,
  results: readonly (readonly [string, number[], string])[],
]

const cases: readonly Case[] = [
  [
    'joins the leftmost of equal scores',
    {
      pieces: [
        [M, -9, 1],
        ['a', -9, 1],
        ['b', -9, 1],
        ['ab', -1, 1],
        ['ba', -1, 1],
      ],
    },
    [
      ['ababa', [3, 6, 6, 4], 'ababa'],
      ['babab', [3, 7, 7, 5], 'babab'],
    ],
  ],
  [
    'joins any two parts of a piece, also a character that is no piece',
    {
      pieces: [
        [M, -9, 1],
        ['a', -9, 1],
        ['xa', -1, 1],
        ['axa', -2, 1],
        [`${M}axa`, -3, 1],
      ],
    },
    [
      ['axa', [7], 'axa'],
      ['aaxa x', [3, 4, 6, 3, 0], 'aaxa  \u2047 '],
    ],
  ],
  [
    'takes unused pieces apart',
    {
      pieces: [
        [M, -9, 1],
        ['a', -9, 1],
        ['b', -9, 1],
        ['c', -9, 1],
        ['bc', -2, 1],
        ['ab', -1, 5],
        ['abc', -3, 5],
      ],
    },
    [
      ['abc', [3, 4, 5, 6], 'abc'],
      ['aabcb', [3, 4, 4, 5, 6, 5], 'aabcb'],
    ],
  ],
  [
    'leaves user-defined pieces whole',
    {
      pieces: [
        [M, -9, 1],
        ['a', -9, 1],
        ['b', -9, 1],
        ['ab', -1, 1],
        ['a b', -1, 1],
        ['bb', 0, 4],
      ],
    },
    [
      ['abbab', [3, 4, 8, 6], 'abbab'],
      ['abb b bb', [3, 4, 8, 3, 5, 3, 8], 'abb b bb'],
    ],
  ],
  [
    'spells unknown characters in bytes',
    {
      pieces: [
        [M, -9, 1],
        ['a', -9, 1],
        [`${M}a`, -1, 1],
      ],
      byteFallback: true,
    },
    [
      ['a\u00e9', [261, 198, 172], 'a\u00e9'],
      ['\u65e5a', [259, 233, 154, 168, 260], '\u65e5a'],
    ],
  ],
  [
    'makes one token of unknown characters in a row',
    {
      pieces: [
        [M, -9, 1],
        ['a', -9, 1],
      ],
    },
    [
      ['xyz a xx', [3, 0, 3, 4, 3, 0], ' \u2047  a  \u2047 '],
      ['x y', [3, 0, 3, 0], ' \u2047   \u2047 '],
    ],
  ],
  [
    'makes one token of unknown words in a row, mark and all',
    { pieces: [['a', -9, 1]] },
    [['xy xx a', [0, 3], ' \u2047 a']],
  ],
  [
    'keeps extra spaces where the file says so',
    {
      pieces: [
        [M, -9, 1],
        ['a', -9, 1],
        [M + M, -1, 1],
      ],
      trim: false,
    },
    [['  a   a ', [5, 3, 4, 5, 3, 4, 3], '  a   a ']],
  ],
  [
    'puts the mark behind the text where the file says so',
    {
      algorithm: 'unigram',
      pieces: [
        [M, -9, 1],
        ['a', -3, 1],
        [`b${M}`, -1, 1],
        ['b', -3, 1],
      ],
      suffix: true,
    },
    [['ab b  a', [4, 5, 5, 4, 3], 'ab b a ']],
  ],
  [
    'leaves spaces and the start alone where the file says so',
    {
      algorithm: 'unigram',
      pieces: [
        [' ', -9, 1],
        ['a', -3, 1],
        [' a', -1, 1],
      ],
      prefix: false,
      escape: false,
    },
    [['a  a a', [4, 5, 5], 'a a a']],
  ],
  [
    'finds the best sum without unused pieces, user-defined ones first',
    {
      algorithm: 'unigram',
      pieces: [
        [M, -1, 1],
        ['a', -3, 1],
        ['b', -3, 1],
        ['ab', -0.1, 5],
        ['ba', -2, 4],
      ],
    },
    [
      ['abab', [3, 4, 7, 5], 'abab'],
      ['ba ab', [3, 7, 3, 4, 5], 'ba ab'],
    ],
  ],
  [
    'cuts characters',
    {
      algorithm: 'char',
      pieces: [
        [M, -1, 1],
        ['a', -3, 1],
        ['bc', 0, 4],
      ],
    },
    [['abcb bc', [3, 4, 5, 0, 3, 5], 'abc \u2047  bc']],
  ],
  [
    'cuts words',
    {
      algorithm: 'word',
      pieces: [
        [`${M}ab`, -1, 1],
        [`${M}c`, -3, 1],
      ],
    },
    [
      ['ab c ab', [3, 4, 3], 'ab c ab'],
      ['c abc c', [4, 0, 4], 'c \u2047  c'],
    ],
  ],
]

const parts = (model: TestModel, config = {}) =>
  readTokenizerFiles(new Map([['tokenizer.model', modelBytes(model)]]), config)
const plain = { addSpecialTokens: false, splitSpecialTokens: true }

describe('a SentencePiece file', () => {
  it.each(cases)('%s', (_, model, results) => {
    const tokenizer = createTokenizer(parts(model).tokenizer)
    for (const [text, ids, decoded] of results) {
      expect(tokenizer.encode(text, plain)).toEqual(ids)
      // A second time from the cache.
      expect(tokenizer.encode(text, plain)).toEqual(ids)
      expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(decoded)
    }
  })

  it('gives its JSON back, and that gives the same ids', () => {
    for (const [, model, results] of cases) {
      const { tokenizer } = parts(model)
      const json = JSON.parse(JSON.stringify(new Pipeline(tokenizer).toJSON()))
      const again = createTokenizer(json)
      for (const [text, ids] of results) expect(again.encode(text, plain)).toEqual(ids)
      expect(json.model).toEqual(JSON.parse(JSON.stringify(tokenizer.model)))
      expect(json.normalizer).toEqual(tokenizer.normalizer)
      expect(json.decoder).toEqual(tokenizer.decoder)
    }
  })

  it('says where each token comes from', () => {
    const model = {
      pieces: [
        [M, -9, 1],
        ['a', -9, 1],
        [`${M}a`, -1, 1],
      ],
      byteFallback: true,
    } as const
    const { tokenizer } = parts(model)
    const { tokens, utf16Offsets } = createTokenizer(tokenizer).encoding('  a \u{1f600}a', plain)
    expect(tokens).toEqual([`${M}a`, M, '<0xF0>', '<0x9F>', '<0x98>', '<0x80>', 'a'])
    expect(utf16Offsets).toEqual([
      [2, 3],
      [3, 4],
      [4, 6],
      [4, 6],
      [4, 6],
      [4, 6],
      [6, 7],
    ])
  })

  it('writes characters while bytes come in, and U+FFFD for those that make none', () => {
    const model: TestModel = { pieces: [['a', -1, 1]], byteFallback: true, prefix: false }
    const tokenizer = createTokenizer(parts(model).tokenizer)
    const stream = tokenizer.streamDecoder()
    const byte = (value: number) => 3 + value
    const pushed = [0xe6, 0x97, 0xa5, 0xff, 0xe6, 0x97].map((value) => stream.push(byte(value)))
    expect(pushed.join('')).toMatch(/^\u65e5/)
    expect(pushed.join('') + stream.push(3 + 256) + stream.flush()).toBe(
      '\u65e5\ufffd\ufffd\ufffda',
    )
  })

  it('finds control pieces in text as special tokens, and not when those are text', () => {
    const model: TestModel = { pieces: [['a', -1, 1]], byteFallback: true, prefix: false }
    const tokenizer = createTokenizer(parts(model).tokenizer)
    expect(tokenizer.encode('a</s>a', { addSpecialTokens: false })).toEqual([259, 2, 259])
    expect(tokenizer.encode('a</s>a', plain)).not.toContain(2)
  })
})

describe('the class of tokenizer_config.json', () => {
  const pieces = [
    [M, -9, 1],
    ['a', -3, 1],
    [`${M}a`, -1, 1],
  ] as const
  const encode = (
    model: TestModel,
    config: Record<string, unknown>,
    text: string,
    pair?: string,
  ) => {
    const { tokenizer, config: merged } = parts(model, config)
    return createTokenizer(tokenizer, { config: merged, fromVocabularyFiles: true }).encode(text, {
      textPair: pair,
    })
  }

  it('puts a begin token before Llama texts, and a mark before each section or the first alone', () => {
    const llama = { tokenizer_class: 'LlamaTokenizer' }
    expect(encode({ pieces }, llama, 'a</s>a')).toEqual([1, 5, 2, 5])
    expect(encode({ pieces }, { ...llama, legacy: false }, 'a</s>a')).toEqual([1, 5, 2, 4])
    expect(encode({ pieces }, { ...llama, add_bos_token: false }, 'a')).toEqual([5])
  })

  it('ends T5 texts and adds its sentinels', () => {
    const t5 = { tokenizer_class: 'T5Tokenizer', extra_ids: 3 }
    const model: TestModel = {
      bare: true,
      algorithm: 'unigram',
      pieces: [['<pad>', 0, 3], ['</s>', 0, 3], ['<unk>', 0, 2], ...pieces],
    }
    expect(encode(model, t5, 'a<extra_id_0>', 'a')).toEqual([5, 8, 1, 5, 1])
    expect(parts(model, t5).config).toMatchObject({ eos_token: '</s>', pad_token: '<pad>' })
  })

  it('numbers the pieces of XLM-R as fairseq does', () => {
    const model: TestModel = { algorithm: 'unigram', pieces }
    const xlmr = { tokenizer_class: 'XLMRobertaTokenizerFast' }
    expect(encode(model, xlmr, 'a<mask>')).toEqual([0, 6, 7, 2])
    expect(encode(model, xlmr, 'x', 'a')).toEqual([0, 4, 3, 2, 2, 6, 2])
  })

  it('lowers ALBERT texts and gives the second of a pair its type', () => {
    const model: TestModel = {
      algorithm: 'unigram',
      bare: true,
      pieces: [
        ['<pad>', 0, 3],
        ['<unk>', 0, 2],
        ['[CLS]', 0, 3],
        ['[SEP]', 0, 3],
        ['[MASK]', 0, 3],
        ...pieces,
      ],
    }
    const { tokenizer, config } = parts(model, { tokenizer_class: 'AlbertTokenizer' })
    const encoding = createTokenizer(tokenizer, { config, fromVocabularyFiles: true }).encoding(
      '\u00c1',
      { textPair: 'a' },
    )
    expect(encoding.ids).toEqual([2, 7, 3, 7, 3])
    expect(encoding.typeIds).toEqual([0, 0, 0, 1, 1])
  })

  it('refuses classes whose numbers it does not know', () => {
    expect(() => parts({ pieces }, { tokenizer_class: 'CamembertTokenizer' })).toThrow(
      'a SentencePiece file for CamembertTokenizer is not supported yet',
    )
  })
})
