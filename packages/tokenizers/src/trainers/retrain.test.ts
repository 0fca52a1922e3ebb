import { describe, expect, it } from 'vitest'
import { Pipeline } from '../pipeline.ts'
import { retrain, type RetrainOptions } from './retrain.ts'

const added = (id: number, content: string, special = true) => ({
  id,
  content,
  single_word: false,
  lstrip: content === '<mask>',
  rstrip: false,
  normalized: false,
  special,
})
const base = {
  version: '1.0',
  truncation: null,
  padding: {
    strategy: 'BatchLongest',
    direction: 'Right',
    pad_to_multiple_of: null,
    pad_id: 5,
    pad_type_id: 0,
    pad_token: '<s>',
  },
  added_tokens: [added(3, '<unk>'), added(4, 'plain', false), added(5, '<s>'), added(6, '<mask>')],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: {
    type: 'Sequence',
    processors: [{ type: 'BertProcessing', sep: ['<s>', 5], cls: ['<unk>', 3] }],
  },
  decoder: { type: 'BPEDecoder', suffix: '</w>' },
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: '<unk>',
    continuing_subword_prefix: null,
    end_of_word_suffix: '</w>',
    fuse_unk: true,
    byte_fallback: false,
    ignore_merges: false,
    vocab: { a: 0, 'a</w>': 1, 'aa</w>': 2, '<unk>': 3, plain: 4, '<s>': 5 },
    merges: [['a', 'a</w>']],
  },
}
const names = {
  specialTokens: { bos: '<s>', unk: '<unk>', pad: undefined },
  extraSpecialTokens: ['<mask>'],
}
const texts = ['roses are red', 'violets are blue']

const again = (json: object, options: RetrainOptions = {}) =>
  retrain(json, names, texts, 40, options)

describe('retrain', () => {
  it('keeps all but the vocabulary', async () => {
    const { json, specialTokens, extraSpecialTokens } = await again(base)
    expect(json).toMatchObject({
      normalizer: base.normalizer,
      pre_tokenizer: base.pre_tokenizer,
      decoder: base.decoder,
      model: { unk_token: '<unk>', fuse_unk: true, end_of_word_suffix: '</w>' },
      added_tokens: [added(0, '<unk>'), added(1, '<s>'), added(2, '<mask>')],
      post_processor: { processors: [{ sep: ['<s>', 1], cls: ['<unk>', 0] }] },
      padding: { pad_id: 1, pad_token: '<s>' },
    })
    expect(specialTokens).toEqual({ bos: '<s>', unk: '<unk>' })
    expect(extraSpecialTokens).toEqual(['<mask>'])
    const { model } = new Pipeline(json)
    expect(model.idOf('are</w>')).toBeDefined()
    expect(model.idOf('aa</w>')).toBeUndefined()
  })

  it('renames and adds special tokens', async () => {
    const { json, specialTokens, extraSpecialTokens } = await again(base, {
      specialTokensMap: { '<s>': '<begin>', '<unk>': '<?>', constructor: 'x' },
      newSpecialTokens: ['<new>', { content: '<more>', rstrip: true }],
    })
    expect(json).toMatchObject({
      model: { unk_token: '<?>' },
      added_tokens: [
        { id: 0, content: '<?>' },
        { id: 1, content: '<begin>' },
        { id: 2, content: '<mask>', lstrip: true },
        { id: 3, content: '<new>' },
        { id: 4, content: '<more>', rstrip: true },
      ],
      post_processor: { processors: [{ sep: ['<begin>', 1], cls: ['<?>', 0] }] },
      padding: { pad_id: 1, pad_token: '<begin>' },
    })
    expect(specialTokens).toEqual({ bos: '<begin>', unk: '<?>' })
    expect(extraSpecialTokens).toEqual(['<mask>', '<new>', '<more>'])
  })

  it('learns all byte characters behind a byte-level pre-tokenizer', async () => {
    const { end_of_word_suffix: _, ...model } = base.model
    const json = {
      ...base,
      post_processor: null,
      model,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [{ type: 'Digits' }, { type: 'ByteLevel', add_prefix_space: false }],
      },
    }
    const trained = await retrain(json, names, texts, 300, {})
    const { vocab } = trained.json['model'] as { vocab: Record<string, number> }
    expect(Object.keys(vocab).filter((token) => token.length === 1).length).toBe(256)
  })

  it('keeps every added token and the unknown one of Unigram', async () => {
    const vocab = [
      ['<unk>', 0],
      ['a', -1],
    ]
    const json = {
      ...base,
      padding: null,
      post_processor: null,
      decoder: null,
      model: { type: 'Unigram', unk_id: 0, vocab, byte_fallback: false },
    }
    const trained = await again(json, { specialTokensMap: { '<unk>': '<?>' } })
    expect(trained.json).toMatchObject({
      model: { unk_id: 0 },
      added_tokens: [
        { content: '<?>' },
        { content: 'plain' },
        { content: '<s>' },
        { content: '<mask>' },
      ],
    })
  })

  it.each([
    [{ specialTokensMap: [] as unknown as Record<string, string> }, 'specialTokensMap must be'],
    [
      { specialTokensMap: { a: 1 } as unknown as Record<string, string> },
      'specialTokensMap must be',
    ],
    [{ specialTokensMap: null as unknown as Record<string, string> }, 'specialTokensMap must be'],
    [{ newSpecialTokens: 'a' as unknown as string[] }, 'newSpecialTokens must be an array'],
    [{ shrinkingFactor: 0.5 }, 'shrinkingFactor must be an option of a BPE trainer'],
  ])('checks options %#', async (options, message) => {
    await expect(again(base, options)).rejects.toThrow(message)
  })
})
