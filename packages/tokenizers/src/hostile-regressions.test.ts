// What other tokenizer libraries crashed on, by name, and what a malformed file may hold otherwise.
import { describe, expect, it } from 'vitest'
import { createTokenizer } from './create-tokenizer.ts'
import { parseJson } from './json.ts'
import { Pipeline } from './pipeline.ts'

const vocab = { a: 0, b: 1, ab: 2, '!': 3 }
const bpe = (changes = {}) => ({ type: 'BPE', vocab, merges: [['a', 'b']], ...changes })
const file = (changes = {}) => ({ version: '1.0', model: bpe(), ...changes })
const unigram = (list: unknown, unk_id: unknown = 0) =>
  file({ model: { type: 'Unigram', unk_id, vocab: list } })
const template = (changes = {}) =>
  file({
    post_processor: {
      type: 'TemplateProcessing',
      single: [sequence('A')],
      pair: [sequence('A'), sequence('B')],
      special_tokens: {},
      ...changes,
    },
  })
const sequence = (id: string) => ({ Sequence: { id, type_id: 0 } })
const named = (id: string) => ({ SpecialToken: { id, type_id: 0 } })
const splitBy = (Regex: string) =>
  file({
    pre_tokenizer: { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false },
  })
const charsmap = (base64: string) =>
  file({ normalizer: { type: 'Precompiled', precompiled_charsmap: base64 } })
const added = (changes = {}) =>
  file({ added_tokens: [{ id: 4, content: 'x', special: true, ...changes }] })
const use = (json: unknown, text = 'ab!') => createTokenizer(json).encode(text)
const nested = (depth: number) => {
  let normalizer: unknown = { type: 'NFC' }
  for (let i = 0; i < depth; i++) normalizer = { type: 'Sequence', normalizers: [normalizer] }
  return file({ normalizer })
}

const refused: readonly (readonly [name: string, code: string, load: () => unknown])[] = [
  [
    'a template with an unknown special token',
    'FORMAT',
    () => use(template({ single: [named('[X]'), sequence('A')] })),
  ],
  ['a template with a third text', 'FORMAT', () => use(template({ single: [sequence('C')] }))],
  [
    'a template with the second text in the single one',
    'FORMAT',
    () => use(template({ single: [sequence('B')] })),
  ],
  [
    'a template of a million pieces',
    'LIMIT',
    () => use(template({ single: Array(1e6).fill(sequence('A')) })),
  ],
  [
    'a special token with more ids than tokens',
    'FORMAT',
    () => use(template({ special_tokens: { x: { id: 'x', ids: [0, 1], tokens: ['a'] } } })),
  ],
  [
    'FixedLength 0',
    'FORMAT',
    () => use(file({ pre_tokenizer: { type: 'FixedLength', length: 0 } })),
  ],
  ['a charsmap that is not base64', 'FORMAT', () => use(charsmap('?!'))],
  ['a charsmap of no bytes', 'FORMAT', () => use(charsmap(''))],
  ['a charsmap with half a size', 'FORMAT', () => use(charsmap('AAA='))],
  ['a charsmap with a trie longer than itself', 'FORMAT', () => use(charsmap('/////w=='))],
  ['a charsmap whose trie leads out of itself', 'FORMAT', () => use(charsmap('BAAAAP////8='))],
  [
    'a merge whose right part is shorter than the prefix',
    'MERGES',
    () => use(file({ model: bpe({ continuing_subword_prefix: '####' }) })),
  ],
  ['a merge of one part', 'MERGES', () => use(file({ model: bpe({ merges: [['a']] }) }))],
  ['a merge of an empty part', 'MERGES', () => use(file({ model: bpe({ merges: [['', 'a']] }) }))],
  [
    'a merge of a token that is not there',
    'MERGES',
    () => use(file({ model: bpe({ merges: [['a', 'x']] }) })),
  ],
  [
    'a merge to a token that is not there',
    'MERGES',
    () => use(file({ model: bpe({ merges: ['b a'] }) })),
  ],
  [
    'five million merges',
    'LIMIT',
    () => use(file({ model: bpe({ merges: Array(5e6).fill('a b') }) })),
  ],
  ...[-1, 1.5, '1', null, 2 ** 24, 2 ** 32 - 1].map(
    (id) =>
      [
        `the id ${String(id)}`,
        'ID_RANGE',
        () => use(file({ model: bpe({ vocab: { a: 0, b: 1, ab: id } }) })),
      ] as const,
  ),
  [
    'one id for two tokens',
    'ID_RANGE',
    () => use(file({ model: bpe({ vocab: { a: 0, b: 1, ab: 1 } }) })),
  ],
  ['a list in place of the file', 'FORMAT', () => use([])],
  ['no model', 'FORMAT', () => use({ version: '1.0' })],
  ['a model nobody knows', 'UNSUPPORTED', () => use(file({ model: { type: 'X' } }))],
  [
    'the fields of another model',
    'FORMAT',
    () => use(file({ model: { type: 'WordPiece', vocab: [['a', 1]] } })),
  ],
  ['an added token without text', 'FORMAT', () => use(added({ content: '' }))],
  ['an added token of 1 MiB', 'LIMIT', () => use(added({ content: 'x'.repeat(1 << 20) }))],
  ['an added token that is special by a text', 'FORMAT', () => use(added({ special: 'yes' }))],
  ['an added token with the id of another', 'ID_RANGE', () => use(added({ id: 0 }))],
  ['an added token with a huge id', 'ID_RANGE', () => use(added({ id: 2 ** 32 - 1 }))],
  ['a pattern with a repeat of a million', 'REGEX_UNSUPPORTED', () => use(splitBy('a{0,1000000}'))],
  ['a pattern of 1 MiB', 'REGEX_UNSUPPORTED', () => use(splitBy('a'.repeat(1 << 20)))],
  ['a pattern that is none', 'REGEX_UNSUPPORTED', () => use(splitBy('('))],
  ['components nested 10000 deep', 'LIMIT', () => use(nested(10_000))],
  [
    'a text nested 10000 deep',
    'LIMIT',
    () => parseJson(new TextEncoder().encode('{"a":'.repeat(10_000)), 'tokenizer.json'),
  ],
  [
    'Split with a behaviour nobody knows',
    'FORMAT',
    () =>
      use(
        file({
          pre_tokenizer: {
            type: 'Split',
            pattern: { String: 'a' },
            behavior: 'Foo',
            invert: false,
          },
        }),
      ),
  ],
  ...['', 'ab', '\ud800'].map(
    (replacement) =>
      [
        `Metaspace with ${JSON.stringify(replacement)} for a space`,
        'FORMAT',
        () =>
          use(
            file({ pre_tokenizer: { type: 'Metaspace', replacement, prepend_scheme: 'always' } }),
          ),
      ] as const,
  ),
  ...[Number.NaN, Infinity, -Infinity, '1', null].map(
    (score) =>
      [`a Unigram score ${String(score)}`, 'FORMAT', () => use(unigram([['a', score]]))] as const,
  ),
  ['a Unigram unk_id out of range', 'ID_RANGE', () => use(unigram([['a', 0]], 5))],
  ['a Unigram text without a way through', 'FORMAT', () => use(unigram([['a', 0]], null), 'zz')],
  ['a Unigram token of 1 MiB', 'LIMIT', () => use(unigram([['x'.repeat(1 << 20), 0]]))],
  [
    'WordPiece without its unknown token',
    'FORMAT',
    () =>
      use(
        file({
          model: {
            type: 'WordPiece',
            unk_token: 'zz',
            continuing_subword_prefix: '##',
            max_input_chars_per_word: 100,
            vocab: { a: 0 },
          },
        }),
      ),
  ],
]

describe('a malformed file is refused by name', () => {
  it.each(refused)('%s', (_, code, load) => {
    expect(load).toThrow(expect.objectContaining({ code: `ERR_TOKENIZER_${code}` }))
  })
})

describe('an odd file does no harm', () => {
  const truncated = (max_length: number, stride: number) =>
    new Pipeline(
      file({ truncation: { direction: 'Right', strategy: 'LongestFirst', max_length, stride } }),
    ).encodeBatch([{ text: 'a!a!a!a!a!' }])

  it('truncation with a stride of all places or more', () => {
    expect(() => truncated(4, 4)).toThrow(
      'stride must be smaller than the 4 places for text; got 4',
    )
    expect(() => truncated(4, 9)).toThrow(
      'stride must be smaller than the 4 places for text; got 9',
    )
    expect(truncated(0, 5)[0]!.ids).toEqual([])
    expect(truncated(4, 3)[0]!.overflowing).toHaveLength(6)
  })

  it('padding to 2^40 tokens', () => {
    const padding = { direction: 'Right', pad_id: 0, pad_type_id: 0, pad_token: 'a' }
    const pad = (changes: object) =>
      new Pipeline(file({ padding: { ...padding, ...changes } })).encodeBatch([{ text: 'ab' }])
    expect(() => pad({ strategy: { Fixed: 2 ** 40 } })).toThrow('may be padded to 16777216 tokens')
    expect(() => pad({ strategy: 'BatchLongest', pad_to_multiple_of: 2 ** 40 })).toThrow(
      'may be padded to 16777216 tokens',
    )
    expect(pad({ strategy: { Fixed: 8 }, pad_to_multiple_of: 0 })[0]!.ids).toHaveLength(8)
  })

  it('Strip of more characters than a token has', () => {
    const decoder = { type: 'Strip', content: 'a', start: 100, stop: 2 ** 40 }
    expect(createTokenizer(file({ decoder })).decode([0, 2, 0])).toBe('b')
  })

  it('byte tokens that are none: <0x-1>, <0xZZ>, <0x100>', () => {
    const odd = { ...vocab, '<0x-1>': 4, '<0xZZ>': 5, '<0x100>': 6 }
    const json = file({
      model: bpe({ vocab: odd, byte_fallback: true }),
      decoder: { type: 'ByteFallback' },
    })
    const tokenizer = createTokenizer(json)
    expect(tokenizer.decode([4, 5, 6, 0])).toBe('<0x-1><0xZZ><0x100>a')
    expect(tokenizer.encode('\u00e9a')).toEqual([0])
  })

  it('the same merge twice', () => {
    const merges = [
      ['a', 'b'],
      ['a', 'b'],
    ]
    expect(use(file({ model: bpe({ merges }) }))).toEqual([2, 3])
  })

  it('names of Object.prototype as tokens', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const json = JSON.parse(
      `{"version":"1.0","model":{"type":"WordLevel","unk_token":"__proto__","vocab":{${names
        .map((name, id) => `"${name}":${id}`)
        .join()}}},"pre_tokenizer":{"type":"WhitespaceSplit"}}`,
    )
    const tokenizer = createTokenizer(json)
    expect(tokenizer.encode('toString valueOf constructor')).toEqual([2, 0, 1])
    expect(tokenizer.tokenToId('valueOf')).toBeUndefined()
    expect(tokenizer.idToToken(0)).toBe('__proto__')
  })

  it('ids far apart, without memory for those between', () => {
    const load = (last: number) =>
      createTokenizer(file({ model: bpe({ vocab: { a: 0, b: 1, ab: last } }) }))
    const memory = () => {
      const { heapUsed, external, arrayBuffers } = process.memoryUsage()
      return heapUsed + external + arrayBuffers
    }
    const kept = [load(2), load(2 ** 24 - 1)]
    const start = memory()
    kept.push(load(2))
    const near = memory()
    kept.push(load(2 ** 24 - 1))
    const far = memory()
    expect(kept.map((tokenizer) => tokenizer.encode('ab')[0])).toEqual([
      2,
      2 ** 24 - 1,
      2,
      2 ** 24 - 1,
    ])
    expect(far - near - Math.max(0, near - start)).toBeLessThan(1 << 20)
  })
})
