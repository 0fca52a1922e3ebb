// Expected ids are those of tiktoken 0.14.0 for the same ranks and patterns.
import { describe, expect, it } from 'vitest'
import { createTokenizer } from '../../create-tokenizer.ts'
import { encodeBase64 } from '../../base64.ts'
import { readTokenizerFiles } from '../read-tokenizer-files.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
const tokens = ['abc', 'bc', 'xabc', 'aa', 'aaa', ' a', '\n ', ' \n  ']
const list = [...bytes, ...tokens.map(utf8)]
const tiktoken = (lines: readonly Uint8Array[] = list, end = '\n') =>
  lines.map((token, rank) => `${encodeBase64(token)} ${rank}${end}`).join('')

const read = (name: string, text: string, config = {}) => {
  const parts = readTokenizerFiles(new Map([[name, utf8(text)]]), config)
  return createTokenizer(parts.tokenizer, { config: parts.config, fromVocabularyFiles: true })
}

const results: readonly (readonly [string, readonly number[]])[] = [
  ['abc', [256]],
  ['abcd', [256, 100]],
  ['xabcx', [258, 120]],
  ['aaaa', [259, 259]],
  ['aaaaa', [259, 260]],
  ['bcbc a', [257, 257, 261]],
  ['\u00e9', [195, 169]],
  ['a \n  ', [97, 263]],
  ['a\n b', [97, 10, 32, 98]],
]

describe('a .tiktoken file', () => {
  it.each(results)('gives the ids of tiktoken for %j', (text, ids) => {
    const tokenizer = read('cl100k_base.tiktoken', tiktoken())
    expect(tokenizer.encode(text)).toEqual(ids)
    expect(tokenizer.decode(ids)).toBe(text)
  })

  it('may have lines in any order, CRLF, empty lines and no last line end', () => {
    const lines = tiktoken(list, '\r\n').split('\r\n').filter(Boolean).reverse()
    const tokenizer = read('my_cl100k.tiktoken', lines.join('\r\n\r\n'))
    for (const [text, ids] of results) expect(tokenizer.encode(text)).toEqual(ids)
  })

  it('knows the special tokens of its encoding, and those that the configuration names', () => {
    const tokenizer = read('cl100k_base.tiktoken', tiktoken())
    expect(tokenizer.encode('abc<|endoftext|>')).toEqual([256, 100257])
    expect(tokenizer.eosTokenId).toBe(100257)
    const added_tokens_decoder = { 300: { content: '<|begin|>', special: true } }
    const config = { added_tokens_decoder, bos_token: '<|begin|>', add_bos_token: true }
    const llama = read('tokenizer.model', tiktoken(), config)
    expect(llama.encode('abc')).toEqual([300, 256])
    expect(llama.decode([300, 256], { skipSpecialTokens: true })).toBe('abc')
  })

  it('is told from a SentencePiece file of the same name', () => {
    expect(read('tokenizer.model', tiktoken()).encode('abc')).toEqual([256])
  })

  it.each([
    ['bad base64', `${tiktoken()}YW?j 264\n`, 'line 265 must be base64, a space and a rank'],
    ['base64 without padding', `${tiktoken()}YWI 264\n`, 'line 265 must be base64'],
    ['a line without rank', `${tiktoken()}YWJj`, 'line 265 must be base64'],
    ['a rank that is no number', `${tiktoken()}YWJj 0x10\n`, 'line 265 must be base64'],
    ['a negative rank', `${tiktoken()}YWJj -1\n`, 'line 265 must be base64'],
    ['a huge rank', `${tiktoken()}YWJj 999999999\n`, 'a rank must be a whole number from 0 to'],
    ['an empty token', `${tiktoken()} 264\n`, 'must be base64 of at least one byte'],
    [
      'a rank given twice',
      `${tiktoken()}YWJj 263\n`,
      'every token needs an id of its own; got 263',
    ],
    ['a token given twice', `${tiktoken()}YWJj 264\n`, 'a list of different tokens'],
    ['a missing byte', tiktoken(list.slice(1)), 'ranks with all 256 bytes; got none for 0x00'],
    ['an empty file', '', 'ranks with all 256 bytes'],
    ['a token of 1 MiB', `${tiktoken()}${'A'.repeat(1 << 20)} 264\n`, 'may have 512 bytes at most'],
  ])('refuses %s', (_, text, message) => {
    const name = 'cl100k_base.tiktoken'
    expect(() => read(name, text)).toThrow(message)
    expect(() => read(name, text)).toThrow(expect.objectContaining({ name: 'TokenizerError' }))
  })

  it('refuses a name that does not say how text is cut', () => {
    expect(() => read('other.tiktoken', tiktoken())).toThrow(
      'other.tiktoken: a file of ranks must have a name that says its encoding',
    )
  })

  it('refuses ranks that are out of order beyond repair, in bounded time', () => {
    const letter = (value: number) => String.fromCharCode(97 + (value % 26))
    const long = Array.from({ length: 1200 }, (_, i) =>
      utf8(
        Array.from({ length: 300 }, (_, k) => letter(i * (k + 1) + (k % 7) * i + k)).join('') + i,
      ),
    )
    expect(() => read('cl100k.tiktoken', tiktoken([...bytes, ...long]))).toThrow(
      'got too many that do not. Are the ranks in order?',
    )
  })
})

describe('tekken.json', () => {
  const pattern = '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+'
  const vocab = list.map((token, rank) => ({
    rank,
    token_bytes: encodeBase64(token),
    token_str: null,
  }))
  const config = {
    pattern,
    num_vocab_tokens: list.length,
    default_vocab_size: 4 + list.length - 1,
    default_num_special_tokens: 4,
    version: 'v3',
  }
  const tekken = (changes = {}, settings = {}) =>
    JSON.stringify({ vocab, config: { ...config, ...settings }, ...changes })

  it('puts special tokens before the ranks, and leaves out what the size has no room for', () => {
    const tokenizer = read('tekken.json', tekken())
    expect(tokenizer.encode('xabcx')).toEqual([262, 124])
    expect(tokenizer.encode('abc</s>[INST]')).toEqual([260, 2, 3])
    expect(tokenizer.decode([260, 2])).toBe('abc</s>')
    expect(tokenizer.size).toBe(4 + list.length - 1)
    expect(tokenizer.eosTokenId).toBe(2)
  })

  it('takes the special tokens of the file, and names those it does not list', () => {
    const special_tokens = [
      { rank: 1, token_str: '<b>', is_control: true },
      { rank: 0, token_str: '<a>', is_control: true },
    ]
    const tokenizer = read('tekken.json', tekken({ special_tokens }))
    expect(tokenizer.encode('<a><b><SPECIAL_3>')).toEqual([0, 1, 3])
  })

  it.each([
    ['no config', { config: undefined }, {}, 'tekken.json: config: must be an object'],
    ['no vocab', { vocab: undefined }, {}, 'vocab: must be an array'],
    ['a vocab of numbers', { vocab: list.map(() => 1) }, {}, 'vocab[0]: must be an object'],
    ['ranks out of place', { vocab: [...vocab].reverse() }, {}, 'vocab[0].rank: must be 0'],
    [
      'bad base64',
      { vocab: vocab.map((token) => ({ ...token, token_bytes: '?' })) },
      {},
      'vocab[0].token_bytes: must be base64; got "?"',
    ],
    ['more tokens than there are', {}, { default_vocab_size: 2 ** 40 }, 'must be a size from 4 to'],
    ['fewer tokens than special ones', {}, { default_vocab_size: 3 }, 'must be a size from 4 to'],
    ['a size that is no number', {}, { default_vocab_size: '9' }, 'must be a whole number'],
    [
      'a million special tokens',
      {},
      { default_num_special_tokens: 1e6 },
      'may be 100000 at most; got 1000000',
    ],
    ['no pattern', {}, { pattern: null }, 'config.pattern: must be a string'],
    ['a pattern that Rust reads in another way', {}, { pattern: 'a$' }, 'are not supported here'],
    ['a pattern that is none', {}, { pattern: '(' }, 'got an unclosed ('],
    [
      'a special token out of range',
      { special_tokens: [{ rank: 4, token_str: 'x' }] },
      {},
      'special_tokens[0].rank: must be a rank of its own below 4; got 4',
    ],
    [
      'special tokens of one rank',
      {
        special_tokens: [
          { rank: 0, token_str: 'x' },
          { rank: 0, token_str: 'y' },
        ],
      },
      {},
      'special_tokens[1].rank: must be a rank of its own below 4; got 0',
    ],
  ])('refuses %s', (_, changes, settings, message) => {
    const text = tekken(changes, settings)
    expect(() => read('tekken.json', text)).toThrow(message)
    expect(() => read('tekken.json', text)).toThrow(
      expect.objectContaining({ name: 'TokenizerError' }),
    )
  })
})
