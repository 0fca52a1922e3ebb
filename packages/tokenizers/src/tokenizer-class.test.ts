import { describe, expect, it } from 'vitest'
import { createTokenizer } from './create-tokenizer.ts'
import type { JsonObject } from './json.ts'

const bert = {
  version: '1.0',
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  model: {
    type: 'WordPiece',
    vocab: { '[UNK]': 0, '[PAD]': 1, '[CLS]': 2, '[SEP]': 3, '[MASK]': 4, a: 5, A: 6 },
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
  },
}
const byteLevel = {
  version: '1.0',
  pre_tokenizer: {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  },
  model: { type: 'BPE', vocab: { a: 0, '\u0120': 1, '<|endoftext|>': 2 }, merges: [] },
}
const llama = {
  version: '1.0',
  normalizer: { type: 'Prepend', prepend: '\u2581' },
  decoder: { type: 'Fuse' },
  model: {
    type: 'BPE',
    byte_fallback: true,
    unk_token: '<unk>',
    vocab: { '<unk>': 0, '<s>': 1, '</s>': 2, '\u2581': 3, a: 4 },
    merges: [],
  },
}
const make = (
  json: JsonObject,
  tokenizer_class: string | undefined,
  more = {},
  modelType?: string,
) =>
  createTokenizer(json, {
    config: { ...(tokenizer_class ? { tokenizer_class } : {}), ...more },
    modelType,
  })

describe('classes of tokenizers', () => {
  it('lays the options of BertTokenizer over the normalizer', () => {
    expect(make(bert, 'BertTokenizer').encode('A')).toEqual([5])
    expect(make(bert, 'BertTokenizerFast', { do_lower_case: false }).encode('A')).toEqual([6])
    const { normalizer } = make(bert, 'DistilBertTokenizer', {
      strip_accents: false,
      tokenize_chinese_chars: false,
    }).pipeline.toJSON()
    expect(normalizer).toMatchObject({ strip_accents: false, handle_chinese_chars: false })
    expect(make(bert, 'PreTrainedTokenizerFast', { do_lower_case: false }).encode('A')).toEqual([5])
    expect(() => make(bert, 'BertTokenizer', { do_lower_case: 'no' })).toThrow(
      'do_lower_case: must be true or false; got "no".',
    )
  })

  it('knows names and inputs that files leave out', () => {
    const t = make(bert, 'BertTokenizer', { sep_token: null })
    expect(t.specialTokens).toEqual({ unk: '[UNK]', pad: '[PAD]', cls: '[CLS]', mask: '[MASK]' })
    expect(t.modelInputNames).toEqual(['input_ids', 'token_type_ids', 'attention_mask'])
    expect(make(bert, 'DistilBertTokenizer').modelInputNames).toEqual([
      'input_ids',
      'attention_mask',
    ])
    expect(make(byteLevel, undefined).eosToken).toBeUndefined()
    expect(make(byteLevel, undefined, {}, 'gpt2').eosTokenId).toBe(2)
    expect(make(byteLevel, 'TokenizersBackend', {}, 'gpt2').eosToken).toBeUndefined()
    expect(make(byteLevel, undefined, {}, 'constructor').eosToken).toBeUndefined()
  })

  it('lays add_prefix_space over byte-level files of the classes that have it', () => {
    expect(make(byteLevel, 'GPT2Tokenizer').encode('a')).toEqual([0])
    expect(make(byteLevel, 'GPT2Tokenizer', { add_prefix_space: true }).encode('a')).toEqual([1, 0])
    const plain = make(byteLevel, 'PreTrainedTokenizerFast', { add_prefix_space: true })
    expect(plain.encode('a')).toEqual([0])
  })

  it('reads files of LlamaTokenizer by the rules of the class', () => {
    const ids = (t: ReturnType<typeof make>) => [t.encode('a</s>a'), t.encode(' a')]
    // With "first" only the text itself gets a mark in front, and none when it has one.
    expect(ids(make(llama, 'LlamaTokenizer'))).toEqual([
      [3, 4, 2, 4],
      [3, 4],
    ])
    expect(ids(make(llama, 'LlamaTokenizer', { legacy: true }))).toEqual([
      [3, 4, 2, 3, 4],
      [3, 4],
    ])
    expect(ids(make(llama, 'LlamaTokenizer', { add_prefix_space: false }))[0]).toEqual([4, 2, 4])
    const t = make(llama, 'LlamaTokenizerFast')
    expect([t.paddingSide, t.decode([3, 4])]).toEqual(['left', 'a'])
    // Mistral's files are taken as they are, and so are byte-level ones that name the class.
    const mistral = make(llama, 'LlamaTokenizer', {}, 'mistral')
    expect([mistral.paddingSide, mistral.pipeline.toJSON()['normalizer']]).toEqual([
      'right',
      llama.normalizer,
    ])
    expect(make(byteLevel, 'LlamaTokenizerFast').paddingSide).toBe('right')
  })

  it('takes the sides and the pad token of padding and truncation in tokenizer.json', () => {
    const json = {
      ...byteLevel,
      padding: {
        strategy: 'BatchLongest',
        direction: 'Left',
        pad_to_multiple_of: null,
        pad_id: 2,
        pad_type_id: 0,
        pad_token: '<|endoftext|>',
      },
      truncation: { direction: 'Left', max_length: 4, strategy: 'LongestFirst', stride: 0 },
    }
    const t = make(json, undefined)
    expect([t.paddingSide, t.truncationSide, t.padTokenId]).toEqual(['left', 'left', 2])
    expect(make(json, undefined, { padding_side: 'right' }).paddingSide).toBe('right')
    expect(t.call(['aaaaaa', 'a']).inputIds.map((row) => row.length)).toEqual([6, 1])
  })
})
