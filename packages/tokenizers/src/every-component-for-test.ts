// Small tokenizer.json files with every component, for tests.

/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const letters = [...'abcdefgh \u2581!']
const idsOf = (tokens: readonly string[]) =>
  Object.fromEntries(tokens.map((token, id) => [token, id]))
const token = (id: number, content: string, more: { [key: string]: Json } = {}) => ({
  ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false },
  special: true,
  ...more,
})

const base = (parts: { [key: string]: Json }): Json => ({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  ...parts,
})

const bpe = {
  type: 'BPE',
  dropout: null,
  unk_token: '<unk>',
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: true,
  ignore_merges: false,
  vocab: idsOf(['<unk>', ...letters, 'ab', 'abc', 'de', '<0x41>', '<0xC3>', '<0xA9>']),
  merges: [
    ['a', 'b'],
    ['ab', 'c'],
    ['d', 'e'],
  ],
}
const wordPiece = {
  type: 'WordPiece',
  unk_token: '[UNK]',
  continuing_subword_prefix: '##',
  max_input_chars_per_word: 20,
  vocab: idsOf(['[UNK]', '[CLS]', '[SEP]', ...letters, '##a', '##b', '##bc']),
}
const unigram = {
  type: 'Unigram',
  unk_id: 0,
  byte_fallback: false,
  vocab: [
    ['<unk>', 0],
    ...letters.map((letter, i) => [letter, -i - 1]),
    ['ab', -1.5],
    ['\u2581a', -2],
  ],
} satisfies Json
const wordLevel = { type: 'WordLevel', unk_token: 'a', vocab: idsOf(['a', 'b', 'ab', 'cd', '!']) }
const split = {
  type: 'Split',
  pattern: { Regex: '\\p{L}+|[^\\s]|\\s+(?!\\S)' },
  behavior: 'Isolated',
  invert: false,
}

/** Valid files; between them they have every component. */
export const files: readonly Json[] = [
  base({
    added_tokens: [
      token(40, '<s>'),
      token(41, 'new', { single_word: true, special: false, normalized: true }),
    ],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Strip', strip_left: true, strip_right: false },
        { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
        { type: 'Replace', pattern: { String: 'x' }, content: 'ab' },
        { type: 'Prepend', prepend: '\u2581' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        split,
        { type: 'Digits', individual_digits: true },
        { type: 'Punctuation', behavior: 'Isolated' },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '<s>': { id: '<s>', ids: [40], tokens: ['<s>'] } },
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '\u2581' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: bpe,
  }),
  base({
    truncation: { direction: 'Right', max_length: 8, strategy: 'LongestFirst', stride: 2 },
    padding: {
      strategy: { Fixed: 10 },
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 0,
      pad_type_id: 0,
      pad_token: '[UNK]',
    },
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: wordPiece,
  }),
  base({
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'Nmt' }, { type: 'NFKD' }, { type: 'StripAccents' }],
    },
    pre_tokenizer: {
      type: 'Metaspace',
      replacement: '\u2581',
      prepend_scheme: 'always',
      split: true,
    },
    decoder: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always', split: true },
    model: unigram,
  }),
  base({
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        { type: 'CharDelimiterSplit', delimiter: 'd' },
        { type: 'UnicodeScripts' },
        { type: 'FixedLength', length: 2 },
      ],
    },
    decoder: { type: 'CTC', pad_token: 'a', word_delimiter_token: '!', cleanup: true },
    model: wordLevel,
  }),
  base({
    normalizer: { type: 'ByteLevel' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: {
      type: 'Sequence',
      processors: [
        {
          type: 'RobertaProcessing',
          sep: ['b', 1],
          cls: ['a', 0],
          trim_offsets: true,
          add_prefix_space: true,
        },
        { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
      ],
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { ...bpe, byte_fallback: false, dropout: 0.5, fuse_unk: true, ignore_merges: true },
  }),
  base({
    pre_tokenizer: {
      type: 'ByteLevel',
      add_prefix_space: true,
      trim_offsets: true,
      use_regex: true,
    },
    decoder: { type: 'BPEDecoder', suffix: '</w>' },
    model: {
      ...bpe,
      end_of_word_suffix: '</w>',
      continuing_subword_prefix: '##',
      vocab: idsOf(['<unk>', 'a', '##b', 'ab', 'a</w>', '##b</w>', 'ab</w>', '\u0120']),
      merges: ['a ##b', 'a ##b</w>'],
    },
  }),
  base({
    normalizer: {
      type: 'SentencePiece',
      precompiled_charsmap: null,
      add_dummy_prefix: true,
      remove_extra_whitespaces: true,
      escape_whitespaces: true,
      treat_whitespace_as_suffix: false,
      user_defined_symbols: ['bc'],
    },
    decoder: {
      type: 'SentencePiece',
      unk_piece: '<unk>',
      unk_surface: ' ? ',
      byte_fallback: false,
      add_dummy_prefix: true,
      remove_extra_whitespaces: true,
    },
    model: {
      type: 'SentencePiece',
      algorithm: 'bpe',
      byte_fallback: false,
      pieces: [
        ['<unk>', 0, 2],
        ['a', -1, 1],
        ['ab', -2, 1],
        ['bc', -1, 4],
        ['\u2581', -3, 1],
        ['abc', -3, 5],
      ],
    },
  }),
]
