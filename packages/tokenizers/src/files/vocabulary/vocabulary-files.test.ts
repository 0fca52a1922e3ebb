import { describe, expect, it } from 'vitest'
import { createTokenizer } from '../../create-tokenizer.ts'
import { readTokenizerFiles, tokenizerFileNames } from '../read-tokenizer-files.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const load = (files: Record<string, string>, config = {}) => {
  const map = new Map(Object.entries(files).map(([name, text]) => [name, utf8(text)]))
  const parts = readTokenizerFiles(map, config)
  return createTokenizer(parts.tokenizer, { config: parts.config, fromVocabularyFiles: true })
}

describe('tokenizerFileNames', () => {
  it.each([
    [['README.md', 'tokenizer.model', 'vocab.txt'], ['tokenizer.model']],
    [['tekken.json', 'tokenizer.model.v3'], ['tekken.json']],
    [['tokenizer.model.v1', 'tokenizer.model.v3'], ['tokenizer.model.v3']],
    [
      ['merges.txt', 'vocab.json', 'vocab.txt'],
      ['vocab.json', 'merges.txt'],
    ],
    [['spiece.model'], ['spiece.model']],
    [['sentencepiece.bpe.model'], ['sentencepiece.bpe.model']],
    [['cl100k_base.tiktoken'], ['cl100k_base.tiktoken']],
    [['vocab.json'], []],
    [['vocab.txt'], ['vocab.txt']],
  ])('takes of %j', (names, wanted) => {
    expect(tokenizerFileNames(names)).toEqual(wanted)
  })

  it('has a named error where there is nothing to read', () => {
    expect(() => load({ 'a.txt': '' }, { tokenizer_class: 'X' })).toThrow(
      'readTokenizerFiles: the files must hold tokenizer.model, tekken.json, a .tiktoken file, vocab.json with ' +
        'merges.txt, or vocab.txt; got a.txt for X.',
    )
  })
})

describe('vocab.txt', () => {
  const vocab = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'un', '##able', 'able', '!']

  it.each(['\n', '\r\n', '\r'])('is read by lines that end with %j', (end) => {
    const tokenizer = load({ 'vocab.txt': vocab.join(end) + end })
    expect(tokenizer.encode('Unable! x [MASK]')).toEqual([2, 5, 6, 8, 1, 4, 3])
    expect(tokenizer.encode('able', { textPair: '!' })).toEqual([2, 7, 3, 8, 3])
    expect(tokenizer.decode([5, 6])).toBe('unable')
    expect(tokenizer.padTokenId).toBe(0)
  })

  it('may begin with a byte-order mark and end without a line end', () => {
    expect(load({ 'vocab.txt': `\ufeff${vocab.join('\n')}` }).padTokenId).toBe(0)
  })

  it('keeps case where the configuration says so', () => {
    const tokenizer = load({ 'vocab.txt': vocab.join('\n') }, { do_lower_case: false })
    expect(tokenizer.encode('Able able')).toEqual([2, 1, 7, 3])
  })

  it('counts the last line of a token that stands there twice', () => {
    const tokenizer = load({ 'vocab.txt': [...vocab, 'able'].join('\n') })
    expect(tokenizer.encode('able', { addSpecialTokens: false })).toEqual([9])
  })

  it.each([
    ['without [CLS]', vocab.filter((token) => token !== '[CLS]').join('\n'), 'token "[CLS]"'],
    ['that is empty', '', 'must hold the special token'],
  ])('is refused %s', (_, text, message) => {
    expect(() => load({ 'vocab.txt': text })).toThrow(message)
  })

  it('is refused when it is not UTF-8, and for classes that read it in another way', () => {
    const files = new Map([['vocab.txt', Uint8Array.of(0xff, 0x0a)]])
    expect(() => readTokenizerFiles(files)).toThrow('vocab.txt: must be UTF-8 text')
    expect(() =>
      load({ 'vocab.txt': vocab.join('\n') }, { tokenizer_class: 'MPNetTokenizer' }),
    ).toThrow('a vocab.txt for MPNetTokenizer is not supported yet')
  })
})

describe('vocab.json and merges.txt', () => {
  const tokens = ['a', 'b', 'c', '\u0120', 'ab', '\u0120a', 'abc', '<|endoftext|>', '<s>', '</s>']
  const vocab = JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id])))
  const merges = '#version: 0.2\na b\n\u0120 a\nab c\n'
  const files = { 'vocab.json': vocab, 'merges.txt': merges }

  it('are read as GPT-2 does', () => {
    const tokenizer = load(files, { tokenizer_class: 'GPT2Tokenizer' })
    expect(tokenizer.encode('abc a<|endoftext|>')).toEqual([6, 5, 7])
    expect(tokenizer.decode([6, 5])).toBe('abc a')
    expect(load(files, { add_prefix_space: true }).encode('a')).toEqual([5])
  })

  it('have <s> and </s> around a RoBERTa text', () => {
    const tokenizer = load(files, { tokenizer_class: 'RobertaTokenizer' })
    expect(tokenizer.encode('abc')).toEqual([8, 6, 9])
    expect(tokenizer.encode('a', { textPair: 'b' })).toEqual([8, 0, 9, 9, 1, 9])
  })

  it('may have CRLF and empty lines', () => {
    const tokenizer = load({ ...files, 'merges.txt': merges.replaceAll('\n', '\r\n\r\n') })
    expect(tokenizer.encode('abc')).toEqual([6])
  })

  it.each([
    ['three parts', 'a b c\n', 'merges.txt: line 1 must be two tokens with a space between'],
    ['one part', 'a b\nab\n', 'merges.txt: line 2 must be two tokens'],
    ['an empty part', ' a\n', 'merges.txt: line 1 must be two tokens'],
    ['a token that is not in the vocabulary', 'a x\n', 'lacks "x"'],
    ['a result that is not in the vocabulary', 'b a\n', 'lacks "ba"'],
  ])('are refused with %s', (_, text, message) => {
    expect(() => load({ ...files, 'merges.txt': text })).toThrow(message)
    expect(() => load({ ...files, 'merges.txt': text })).toThrow(
      expect.objectContaining({ code: 'ERR_TOKENIZER_MERGES' }),
    )
  })

  it('are refused without the tokens that the class needs, and for classes read in another way', () => {
    const bare = {
      ...files,
      'vocab.json': '{"a":0,"b":1,"ab":2,"c":3,"abc":4,"\u0120":5,"\u0120a":6}',
    }
    expect(() => load(bare, { tokenizer_class: 'RobertaTokenizer' })).toThrow(
      'vocab.json: must hold the sep_token of RobertaTokenizer; got null.',
    )
    expect(() => load(files, { tokenizer_class: 'WhisperTokenizer' })).toThrow('not supported yet')
    expect(() => load({ ...files, 'vocab.json': '[]' })).toThrow('vocab.json: must be an object')
  })
})
