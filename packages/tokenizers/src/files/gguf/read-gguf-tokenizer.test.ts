import { describe, expect, it } from 'vitest'
import { createTokenizer } from '../../create-tokenizer.ts'
import { TokenizerError } from '../../errors.ts'
import { readGGUFTokenizer } from './read-gguf-tokenizer.ts'

const byteTokens = ['\u0120', 'a', 'b', 'c', '1', '2', '3', '.', "'", 's', '\u010a']
const merges = ['a b', '\u0120 ab', '1 2', '12 3', 'ab c']
const joined = ['ab', '\u0120ab', '12', '123', 'abc']
const tokens = [...byteTokens, ...joined, '<s>', '</s>', '<tool>']
const types = Int32Array.from(tokens, (_, i) => (i < 16 ? 1 : i < 18 ? 3 : 4))

/** Fields of a small byte-level tokenizer, some of them replaced or (undefined) left out. */
function bpe(changes: Record<string, unknown> = {}): Map<string, unknown> {
  const fields = new Map<string, unknown>([
    ['tokenizer.ggml.model', 'gpt2'],
    ['tokenizer.ggml.pre', 'gpt-2'],
    ['tokenizer.ggml.tokens', tokens],
    ['tokenizer.ggml.token_type', types],
    ['tokenizer.ggml.merges', merges],
    ['tokenizer.ggml.bos_token_id', 16],
    ['tokenizer.ggml.eos_token_id', 17],
  ])
  for (const [key, value] of Object.entries(changes)) {
    const name = key.startsWith('tokenizer.') || key.includes('.') ? key : `tokenizer.ggml.${key}`
    if (value === undefined) fields.delete(name)
    else fields.set(name, value)
  }
  return fields
}

function load(fields: Map<string, unknown>) {
  const { tokenizer, ...files } = readGGUFTokenizer(fields)
  return createTokenizer(tokenizer, { ...files, fromVocabularyFiles: true })
}

const tokensOf = (fields: Map<string, unknown>, text: string) => {
  const tokenizer = load(fields)
  return Array.from(tokenizer.encode(text), (id) => tokenizer.idToToken(id))
}

describe('byte-level BPE from a GGUF file', () => {
  it('encodes, decodes, and cuts out control and user-defined tokens', () => {
    const tokenizer = load(bpe())
    const ids = tokenizer.encode('abc abc<tool>123</s>')
    expect(Array.from(ids, (id) => tokenizer.idToToken(id))).toEqual([
      ...['abc', '\u0120ab', 'c', '<tool>', '123', '</s>'],
    ])
    expect(tokenizer.decode(ids)).toBe('abc abc<tool>123</s>')
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('abc abc<tool>123')
    expect(tokenizer.specialTokens).toMatchObject({ bos: '<s>', eos: '</s>' })
  })

  it.each([
    ['gpt-2', ['ab', "'", 's', '\u0120', '123']],
    ['smollm', ['ab', "'", 's', '\u0120', '1', '2', '3']],
    ['qwen2', ['ab', "'", 's', '\u0120', '1', '2', '3']],
    ['llama-bpe', ['<s>', 'ab', "'", 's', '\u0120', '123']],
    ['tekken', ['ab', "'", 's', '\u0120', '1', '2', '3']],
    ['default', ['ab', "'", 's', '\u0120', '123']],
    [undefined, ['ab', "'", 's', '\u0120', '123']],
  ])('cuts text as %s says', (pre, want) => {
    expect(tokensOf(bpe({ pre }), "ab's 123")).toEqual(want)
  })

  it('puts bos and eos around a text when the file says so', () => {
    const both = { add_bos_token: true, add_eos_token: true }
    expect(tokensOf(bpe(both), 'a')).toEqual(['<s>', 'a', '</s>'])
    expect(tokensOf(bpe({ pre: 'llama-bpe', add_bos_token: false }), 'a')).toEqual(['a'])
  })

  it('reads one chat template or several', () => {
    const chat = [{ role: 'user', content: 'a' }]
    const render = (fields: Map<string, unknown>, chatTemplate?: string) =>
      load(fields).applyChatTemplate(chat, {
        tokenize: false,
        ...(chatTemplate && { chatTemplate }),
      })
    const template = { 'tokenizer.chat_template': '{{ messages[0].content }}!' }
    expect(render(bpe(template))).toBe('a!')
    const named = {
      ...template,
      'tokenizer.chat_templates': ['rag'],
      'tokenizer.chat_template.rag': 'rag',
    }
    expect(render(bpe(named), 'rag')).toBe('rag')
    expect(render(bpe(named))).toBe('a!')
  })

  it('takes a merge that begins like the first line of a file for a merge', () => {
    const all = [...tokens.slice(0, 16), '#version', 'a#version', '#versiona']
    const fields = bpe({
      tokens: all,
      token_type: undefined,
      merges: [...merges, '#version a'],
      bos_token_id: undefined,
      eos_token_id: undefined,
    })
    const json = load(fields).pipeline.toJSON() as { model: { merges: string[][] } }
    expect(json.model.merges).toContainEqual(['#version', 'a'])
  })
})

describe('SentencePiece from a GGUF file', () => {
  const pieces = ['<unk>', '<s>', '</s>', '<0x0A>', '\u2581', 'a', 'b', '\u2581a', 'ab', '<t>']
  const kinds = [2, 3, 3, 1, 1, 1, 1, 1, 1, 4]
  const spm = (changes: Record<string, unknown> = {}) =>
    bpe({
      ...{ model: 'llama', pre: undefined, merges: undefined, tokens: pieces },
      scores: Float32Array.of(0, 0, 0, 0, -4, -5, -6, -2, -1, 0),
      token_type: Int32Array.from(kinds),
      ...{ bos_token_id: 1, eos_token_id: 2, unknown_token_id: 0 },
      ...changes,
    })

  it('joins by scores, with a mark and bos in front', () => {
    expect(tokensOf(spm(), 'ab a')).toEqual(['<s>', '\u2581', 'ab', '\u2581a'])
    expect(tokensOf(spm({ add_bos_token: false, add_space_prefix: false }), 'ab a')).toEqual([
      ...['ab', '\u2581a'],
    ])
    expect(tokensOf(spm({ add_bos_token: false }), 'a<t>?')).toEqual([
      '\u2581a',
      '<t>',
      '\u2581',
      '<unk>',
    ])
    expect(load(spm()).decode([1, 7, 6])).toContain('ab')
  })

  it('refuses lists that do not fit, and scores or kinds that are none', () => {
    const cases = [
      { scores: Float32Array.of(1) },
      { scores: undefined },
      { token_type: undefined },
      { scores: new Float32Array(10).fill(Number.NaN) },
      { token_type: new Int32Array(10).fill(9) },
      { token_type: new Int32Array(10).fill(1) },
      { token_type: new BigInt64Array(10) },
      { tokens: pieces.map((piece) => (piece === 'b' ? 'a' : piece)) },
    ]
    for (const changes of cases)
      expect(() => load(spm(changes))).toThrow(
        expect.objectContaining({ code: 'ERR_TOKENIZER_FORMAT' }),
      )
    const bytes = ['<0x-1>', '<0xZZ>', '<0x100>', '<0x>']
    for (const byte of bytes) {
      const changes = { tokens: [...pieces.slice(0, 3), byte, ...pieces.slice(4)] }
      const token_type = Int32Array.from(kinds, (kind, i) => (i === 3 ? 6 : kind))
      expect(() => load(spm({ ...changes, token_type }))).toThrow(TokenizerError)
    }
  })
})

describe('a GGUF file with a tokenizer that lies', () => {
  it.each<readonly [string, Record<string, unknown>, string]>([
    ['no tokenizer', { model: undefined }, 'ERR_TOKENIZER_FILE'],
    ['an unknown kind', { model: 'rwkv' }, 'ERR_TOKENIZER_UNSUPPORTED'],
    ['a kind that is a number', { model: 3 }, 'ERR_TOKENIZER_FORMAT'],
    ['an unknown way to cut', { pre: 'tomorrow' }, 'ERR_TOKENIZER_UNSUPPORTED'],
    ['__proto__ as that', { pre: '__proto__' }, 'ERR_TOKENIZER_UNSUPPORTED'],
    ['no tokens', { tokens: undefined }, 'ERR_TOKENIZER_FORMAT'],
    ['an empty list of tokens', { tokens: [] }, 'ERR_TOKENIZER_FORMAT'],
    ['tokens that are numbers', { tokens: Int32Array.of(1) }, 'ERR_TOKENIZER_FORMAT'],
    ['a token twice', { tokens: [...tokens.slice(1), 'a'] }, 'ERR_TOKENIZER_FORMAT'],
    ['kinds of another length', { token_type: Int32Array.of(1) }, 'ERR_TOKENIZER_FORMAT'],
    ['no merges', { merges: undefined }, 'ERR_TOKENIZER_FORMAT'],
    ['a merge without a space', { merges: ['ab'] }, 'ERR_TOKENIZER_FORMAT'],
    ['a merge without an end', { merges: ['a '] }, 'ERR_TOKENIZER_FORMAT'],
    ['a merge of unknown parts', { merges: ['x y'] }, 'ERR_TOKENIZER_MERGES'],
    ['bos out of range', { bos_token_id: 19 }, 'ERR_TOKENIZER_FORMAT'],
    ['eos that is a text', { eos_token_id: '2' }, 'ERR_TOKENIZER_FORMAT'],
    ['eos of 2^63', { eos_token_id: 2n ** 63n }, 'ERR_TOKENIZER_FORMAT'],
    ['a flag that is a number', { add_bos_token: 1 }, 'ERR_TOKENIZER_FORMAT'],
    ['a template that is a list', { 'tokenizer.chat_template': [] }, 'ERR_TOKENIZER_FORMAT'],
    [
      'a template of 50 MB',
      { 'tokenizer.chat_template': 'x'.repeat(50 << 20) },
      'ERR_TOKENIZER_LIMIT',
    ],
    [
      'more tokens than rows',
      { 'general.architecture': 'llama', 'llama.vocab_size': 5 },
      'ERR_TOKENIZER_FORMAT',
    ],
  ])('%s', (_, changes, code) => {
    const run = () => load(bpe(changes))
    expect(run).toThrow(expect.objectContaining({ name: 'TokenizerError', code }))
    expect(run).toThrow(/^[^;]+: .+; got .+/s)
  })

  it('-1 as an id says none', () => {
    expect(load(bpe({ bos_token_id: -1 })).specialTokens.bos).toBeUndefined()
    expect(load(bpe({ bos_token_id: 0xffff_ffff })).specialTokens.bos).toBeUndefined()
  })
})
