import { describe, expect, it } from 'vitest'
import { createTokenizer } from './create-tokenizer.ts'
import type { SpecialTokenInputs } from './special-tokens.ts'

const make = (config = {}) =>
  createTokenizer(
    {
      version: '1.0',
      pre_tokenizer: { type: 'Whitespace' },
      model: { type: 'WordLevel', vocab: { a: 0, b: 1, '<unk>': 2 }, unk_token: '<unk>' },
    },
    { config: { unk_token: '<unk>', ...config } },
  )

describe('special tokens', () => {
  it('are listed by name first, each once', () => {
    const t = make({ image_token: '<img>', eos_token: '</s>', pad_token: '</s>' })
    t.extraSpecialTokens = ['<x>', '</s>']
    expect(t.specialTokens).toEqual({ eos: '</s>', unk: '<unk>', pad: '</s>', image: '<img>' })
    expect(Object.keys(t.specialTokens)).toEqual(['eos', 'unk', 'pad', 'image'])
    expect(t.allSpecialTokens).toEqual(['</s>', '<unk>', '<img>', '<x>'])
    // <x> has only a name: it was never added.
    expect(t.allSpecialIds).toEqual([3, 2, 4])
  })

  it('can be named and unnamed', () => {
    const t = make()
    t.padToken = 'a'
    expect([t.padToken, t.padTokenId, t.isSpecialId(0), t.isSpecialId(1)]).toEqual([
      'a',
      0,
      true,
      false,
    ])
    t.padToken = undefined
    t.clsToken = '<nowhere>'
    expect([t.padTokenId, t.clsToken, t.clsTokenId]).toEqual([undefined, '<nowhere>', undefined])
    expect(t.size).toBe(3)
    t.bosToken = t.sepToken = t.maskToken = t.eosToken = 'b'
    expect([t.bosTokenId, t.sepTokenId, t.maskTokenId, t.eosTokenId, t.unkTokenId]).toEqual([
      1, 1, 1, 1, 2,
    ])
    expect(() => (t.eosToken = 5 as never)).toThrow('eosToken: must be the text of a token; got 5.')
    expect(() => (t.extraSpecialTokens = 'x' as never)).toThrow(
      'extraSpecialTokens: must be a list of tokens; got "x".',
    )
  })

  it('are added with a name; the count says by how much the embedding must grow', () => {
    const t = make({ image_token: '<img>' })
    expect(t.addSpecialTokens({ padToken: '<pad>', eosToken: 'a', imageToken: '<i>' })).toBe(3)
    expect(t.addSpecialTokens({ padToken: '<pad>' })).toBe(0)
    expect([t.size, t.vocabSize, t.padTokenId, t.eosTokenId]).toEqual([6, 3, 4, 0])
    expect(t.decode(t.encode('b<pad>a<i>'), { skipSpecialTokens: true })).toBe('b')
    const extra = ['<x>', { content: '<y>', lstrip: true }]
    expect(t.addSpecialTokens({ extraSpecialTokens: extra })).toBe(2)
    expect(t.encode('b  <y>')).toEqual([1, t.tokenToId('<y>')])
    expect(t.addSpecialTokens({ extraSpecialTokens: ['<z>'] })).toBe(1)
    expect(t.extraSpecialTokens).toEqual(['<z>'])
    const keep = { replaceExtraSpecialTokens: false }
    expect(t.addSpecialTokens({ extraSpecialTokens: ['<z>', '<x>'] }, keep)).toBe(0)
    expect(t.extraSpecialTokens).toEqual(['<z>', '<x>'])
  })

  it.each<[object, string]>([
    [
      { wrongToken: 'x' },
      'keys must be bosToken, eosToken, unkToken, sepToken, padToken, clsToken',
    ],
    [{ pad_token: 'x' }, 'or extraSpecialTokens; got "pad_token".'],
    [{ padToken: '' }, 'addSpecialTokens: padToken: must be the text of a token; got "".'],
    [{ padToken: { content: 3 } }, 'must be the text of a token; got 3.'],
    [{ padToken: { content: 'x', lstrip: 1 } }, 'lstrip must be true or false; got 1.'],
    [{ extraSpecialTokens: 'x' }, 'extraSpecialTokens: must be a list of tokens; got "x".'],
  ])('refuse %j and change nothing', (tokens, message) => {
    const t = make()
    expect(() => t.addSpecialTokens(tokens as SpecialTokenInputs)).toThrow(message)
    expect([t.size, t.specialTokens]).toEqual([3, { unk: '<unk>' }])
  })
})

describe('tokens and ids', () => {
  it('adds plain tokens, one or several', () => {
    const t = make()
    expect(t.addTokens('new')).toBe(1)
    expect(t.addTokens(['new', { content: 'old', singleWord: true }])).toBe(1)
    expect(t.encode('new old older')).toEqual([3, 4, 2])
    expect(t.decode([3, 4], { skipSpecialTokens: true })).toBe('new old')
    expect(t.addTokens('<s>', { special: true })).toBe(1)
    expect(t.addedTokensDecoder.get(5)).toMatchObject({ special: true, normalized: false })
    expect(t.getAddedVocab()).toEqual(
      new Map([
        ['<unk>', 2],
        ['new', 3],
        ['old', 4],
        ['<s>', 5],
      ]),
    )
    expect(t.getVocab().get('a')).toBe(0)
    expect(t.getVocab().size).toBe(t.size)
  })

  it('converts both ways', () => {
    const t = make()
    expect(t.convertTokensToIds(['a', 'wombat'])).toEqual([0, 2])
    expect(t.convertTokensToIds('b')).toBe(1)
    expect(t.convertIdsToTokens([0, 2, 9])).toEqual(['a', '<unk>', undefined])
    expect(t.convertIdsToTokens([0, 2], { skipSpecialTokens: true })).toEqual(['a'])
    expect(t.convertIdsToTokens(1)).toBe('b')
    expect(t.convertTokensToString(['a', 'b'])).toBe('a b')
    expect(t.tokenize('a wombat')).toEqual(['a', '<unk>'])
    t.unkToken = undefined
    expect(t.convertTokensToIds('wombat')).toBeUndefined()
  })

  it('lays special tokens around ids', () => {
    const t = createTokenizer(make().pipeline.toJSON(), {
      config: { bos_token: '<s>', unk_token: '<unk>' },
      overrides: { add_bos_token: true },
    })
    const bos = t.bosTokenId!
    expect(t.buildInputsWithSpecialTokens([0, 1])).toEqual([bos, 0, 1])
    expect(t.buildInputsWithSpecialTokens([0], [1])).toEqual([bos, 0, bos, 1])
    expect(t.getSpecialTokensMask([0, 1])).toEqual([1, 0, 0])
    expect(t.getSpecialTokensMask([0], { pairIds: [1] })).toEqual([1, 0, 1, 0])
    const has = { alreadyHasSpecialTokens: true }
    expect(t.getSpecialTokensMask([bos, 0, 2], has)).toEqual([1, 0, 1])
    expect(() => t.getSpecialTokensMask([0], { ...has, pairIds: [1] })).toThrow(
      'pairIds must be left out when ids hold special tokens already',
    )
    expect([t.numSpecialTokensToAdd(), t.numSpecialTokensToAdd(true)]).toEqual([1, 2])
  })
})
