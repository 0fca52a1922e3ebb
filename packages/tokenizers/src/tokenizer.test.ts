import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createTokenizer } from './create-tokenizer.ts'

const folder = new URL('../../tiny-tales/model/', import.meta.url)
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
const tales = createTokenizer(read('tokenizer.json'), { config: read('tokenizer_config.json') })

const special = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

/** A SentencePiece-like tokenizer with all byte tokens. */
function sentencePiece(extra: object = {}) {
  const vocab: Record<string, number> = { '<unk>': 0, '<s>': 1, '</s>': 2 }
  for (let byte = 0; byte < 256; byte++) {
    vocab[`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`] = 3 + byte
  }
  for (const piece of ['▁', 'a', 'b', '▁a', 'ab', '▁ab']) vocab[piece] = Object.keys(vocab).length
  return createTokenizer({
    version: '1.0',
    added_tokens: [special(0, '<unk>'), special(1, '<s>'), special(2, '</s>')],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [
        { SpecialToken: { id: '<s>', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { Sequence: { id: 'B', type_id: 1 } },
      ],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab,
      merges: ['▁ a', 'a b', '▁a b', '▁ ab'],
    },
    ...extra,
  })
}

describe('Tokenizer', () => {
  it('tells the ids of a known story', () => {
    const ids = tales.encode('Once upon a time, there was a little girl.')
    expect(ids[0]).toBe(tales.bosTokenId)
    expect(ids.length).toBeLessThan(15)
    expect(tales.decode(ids, { skipSpecialTokens: true })).toBe(
      'Once upon a time, there was a little girl.',
    )
    expect(tales.encode('Once', { addSpecialTokens: false })).toEqual(tales.encode('Once').slice(1))
  })

  it('brings every text back, and every cut of a stream gives the whole', () => {
    const texts = [
      '',
      ' ',
      'a\n\n  b',
      'Zürich 🎉 👩‍👩‍👧 漢字',
      'e\u0301\u0301',
      '\u0000\ufeff\uffff',
      '<|end|>x',
    ]
    for (const tokenizer of [tales, sentencePiece()]) {
      for (const text of texts) {
        const ids = tokenizer.encode(text, { addSpecialTokens: false })
        expect(tokenizer.decode(ids)).toBe(text)
        for (let cut = 0; cut <= ids.length; cut++) {
          const stream = tokenizer.streamDecoder()
          const pushed = stream.push(ids.slice(0, cut)) + stream.push(ids.slice(cut))
          expect(pushed + stream.flush()).toBe(text)
        }
      }
    }
  })

  it('reads lone surrogates as U+FFFD', () => {
    expect(tales.encode('a\ud800b')).toEqual(tales.encode('a\ufffdb'))
  })

  it('never emits half a character', () => {
    const stream = tales.streamDecoder()
    const ids = tales.encode('🎉!', { addSpecialTokens: false })
    const chunks = ids.map((id) => stream.push(id))
    expect(chunks.filter((chunk) => chunk !== '')).toEqual(['🎉', '!'])
    stream.push(ids[0]!)
    expect(stream.flush()).toBe('\ufffd')
    expect(stream.push(ids)).toBe('🎉!')
  })

  it('keeps the spaces of SentencePiece in a stream', () => {
    const t = sentencePiece()
    const ids = t.encode('ab a  b')
    expect(ids[0]).toBe(1)
    expect(t.decode(ids, { skipSpecialTokens: true })).toBe('ab a  b')
    const stream = t.streamDecoder({ skipSpecialTokens: true })
    expect(ids.map((id) => stream.push(id))).toEqual(['', 'ab', ' a', ' ', ' ', 'b'])
  })

  it('does constant work per pushed id', () => {
    const id = tales.encode('a', { addSpecialTokens: false })[0]!
    const seconds = (count: number) => {
      const stream = tales.streamDecoder()
      const before = process.cpuUsage()
      for (let i = 0; i < count; i++) stream.push(id)
      return process.cpuUsage(before).user / 1e6
    }
    seconds(20_000)
    expect(seconds(200_000)).toBeLessThan(3)
  })

  it('leaves out ids without a token and refuses what is no id', () => {
    expect(tales.decode([70_000])).toBe('')
    expect(() => tales.decode([-1])).toThrow(
      'decode: a token id must be a whole number from 0 on; got -1.',
    )
    expect(() => tales.decode([1.5])).toThrow(
      expect.objectContaining({ code: 'ERR_TOKENIZER_ID_RANGE' }),
    )
  })

  it('cleans spaces up when asked', () => {
    const ids = tales.encode("do n't go .", { addSpecialTokens: false })
    expect(tales.decode(ids)).toBe("do n't go .")
    expect(tales.decode(ids, { cleanUpTokenizationSpaces: true })).toBe("don't go.")
    expect(tales.batchDecode([ids, []])).toEqual(["do n't go .", ''])
  })

  it('lays out pairs', () => {
    const t = sentencePiece()
    const [a, b] = [
      t.encode('a', { addSpecialTokens: false }),
      t.encode('b', { addSpecialTokens: false }),
    ]
    expect(t.encode('a', { textPair: 'b' })).toEqual([1, ...a, ...b])
    expect(t.encode('a', { textPair: 'b', addSpecialTokens: false })).toEqual([...a, ...b])
  })

  it('pads and truncates rows', () => {
    const long = tales.encode('a b c')
    const short = tales.encode('a')
    expect(tales.paddingSide).toBe('left')
    const left = tales.call(['a b c', 'a'], { padding: true })
    const fill = Array(long.length - short.length).fill(tales.padTokenId)
    expect(left.inputIds).toEqual([long, [...fill, ...short]])
    expect(left.attentionMask[1]).toEqual([...fill.map(() => 0), ...short.map(() => 1)])
    const right = tales.call(['a b c', 'a'], { padding: 'longest', paddingSide: 'right' })
    expect(right.inputIds[1]).toEqual([...short, ...fill])
    expect(tales.call('a', { padding: true, padToMultipleOf: 8 }).inputIds[0]!.length).toBe(8)
    expect(tales.call('a', { padding: 'max_length', maxLength: 5 }).inputIds[0]!.length).toBe(5)
    expect(tales.call('a b c', { truncation: true, maxLength: 2 }).inputIds).toEqual([
      long.slice(0, 2),
    ])
    expect(tales.call(['a']).attentionMask).toEqual([short.map(() => 1)])
  })

  it('names bad options', () => {
    expect(() => sentencePiece().call(['a', 'a b'], { padding: true })).toThrow(
      'padding needs a pad token',
    )
    expect(() => tales.call('a', { truncation: true, maxLength: 0 })).toThrow(
      'leave room for the special tokens',
    )
    expect(() => tales.call('a', { padding: true, padToMultipleOf: 0 })).toThrow(
      'padToMultipleOf must be',
    )
    expect(() => tales.call('a', { padding: 'short' as 'longest' })).toThrow(
      'padding must be true, false',
    )
    expect(() => tales.encode(1 as unknown as string)).toThrow(
      'encode: text must be a string; got 1.',
    )
  })

  it.each([
    [
      { version: '2.0' },
      'ERR_TOKENIZER_FORMAT',
      'tokenizer.json: version: must be "1.0"; got "2.0".',
    ],
    [
      { post_processor: { type: 'BertProcessing' } },
      'ERR_TOKENIZER_FORMAT',
      'post_processor.sep: must be an array; got nothing.',
    ],
    [
      {
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: 'constructor' } }],
          pair: [],
          special_tokens: {},
        },
      },
      'ERR_TOKENIZER_FORMAT',
      'must name one of special_tokens; got "constructor"',
    ],
    [
      {
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ Sequence: { id: 'C' } }],
          pair: [],
          special_tokens: {},
        },
      },
      'ERR_TOKENIZER_FORMAT',
      'must be A or B; got "C"',
    ],
    [{ model: undefined }, 'ERR_TOKENIZER_FORMAT', 'model: must be present'],
  ])('refuses a malformed file %#', (extra, code, message) => {
    expect(() => sentencePiece(extra)).toThrow(message)
    expect(() => sentencePiece(extra)).toThrow(expect.objectContaining({ code }))
  })

  it('gives a template of a sequence the tokens of the one before as texts', () => {
    const template = (id: number, name: string, after: boolean) => {
      const token = { SpecialToken: { id: name, type_id: 0 } }
      const text = (sequence: string) => ({ Sequence: { id: sequence, type_id: 0 } })
      return {
        type: 'TemplateProcessing',
        single: after ? [text('A'), token] : [token, text('A')],
        pair: [text('A'), token, text('B')],
        special_tokens: { [name]: { id: name, ids: [id], tokens: [name] } },
      }
    }
    const processors = [{ type: 'ByteLevel' }, template(1, '<s>', false), template(2, '</s>', true)]
    const t = sentencePiece({ post_processor: { type: 'Sequence', processors } })
    const [a] = t.encode('a', { addSpecialTokens: false })
    expect(t.encode('a')).toEqual([1, 2, a])
  })
})
