import { describe, expect, it } from 'vitest'
import { createTokenizer } from '../../create-tokenizer.ts'
import { readTokenizerFiles } from '../read-tokenizer-files.ts'
import { modelBytes, type TestModel } from './model-bytes.ts'

const parts = (model: TestModel) =>
  readTokenizerFiles(new Map([['tokenizer.model', modelBytes(model)]]))

describe('a malformed SentencePiece file', () => {
  const unknown = ['<unk>', 0, 2] as const
  it.each<readonly [string, TestModel, string]>([
    [
      'without an unknown piece',
      { bare: true, pieces: [['a', 0, 1]] },
      'one piece of the kind unknown; got "none"',
    ],
    ['with two unknown pieces', { pieces: [['?', 0, 2]] }, 'with one unknown piece; got [0,3]'],
    [
      'with a piece given twice',
      {
        pieces: [
          ['a', 0, 1],
          ['a', 0, 4],
        ],
      },
      'pieces[4]: must be a piece of its own; got "a"',
    ],
    [
      'with an empty piece',
      { pieces: [['', 0, 1]] },
      'pieces[3]: must be a piece of at least one character',
    ],
    [
      'with a score that is no number',
      { pieces: [['a', Number.NaN, 1]] },
      'with a finite score; got null',
    ],
    ['with an infinite score', { pieces: [['a', -Infinity, 1]] }, 'with a finite score; got null'],
    ['with a kind nobody knows', { pieces: [['a', 0, 7]] }, 'of a kind from 1 to 6; got 7'],
    [
      'with a piece of 600 units',
      { pieces: [['a'.repeat(600), 0, 1]] },
      'may have 512 UTF-16 units at most',
    ],
    [
      'with bytes and no byte_fallback',
      { pieces: [['<0x0A>', 0, 6]] },
      'without bytes; got "1 of them"',
    ],
    [
      'with byte_fallback and no bytes',
      { bare: true, byteFallback: true, pieces: [unknown] },
      'with all 256 bytes',
    ],
    ['with the byte <0x-1>', { pieces: [['<0x-1>', 0, 6]] }, 'a byte such as <0x0A>; got "<0x-1>"'],
    ['with the byte <0xZZ>', { pieces: [['<0xZZ>', 0, 6]] }, 'a byte such as <0x0A>; got "<0xZZ>"'],
    [
      'with a charsmap of two bytes',
      { charsmap: Uint8Array.of(1, 2), pieces: [] },
      'precompiled_charsmap: must be',
    ],
  ])('%s is refused', (_, model, message) => {
    const load = () => createTokenizer(parts(model).tokenizer)
    expect(load).toThrow(message)
    expect(load).toThrow(expect.objectContaining({ name: 'TokenizerError' }))
  })

  it('cut off anywhere is refused or read as far as it goes, and never runs out of itself', () => {
    const whole = modelBytes({
      pieces: [
        ['a', -1, 1],
        ['ab', -2, 1],
      ],
    })
    let read = 0
    for (let size = 0; size < whole.length; size++) {
      try {
        readTokenizerFiles(new Map([['x.model', whole.subarray(0, size)]]))
        read++
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_TOKENIZER_FORMAT' })
      }
    }
    // Between two fields a file may end.
    expect(read).toBe(7)
  })

  it('with a denormalizer or an algorithm nobody knows is refused by name', () => {
    const whole = modelBytes({ pieces: [['a', -1, 1]] })
    const load = (...more: number[]) =>
      readTokenizerFiles(new Map([['x.model', Uint8Array.from([...whole, ...more])]]))
    expect(() => load(0x2a, 3, 0x12, 1, 0)).toThrow(
      expect.objectContaining({ code: 'ERR_TOKENIZER_UNSUPPORTED' }),
    )
    expect(() => load(0x12, 2, 0x18, 5)).toThrow('model_type must be 1 (unigram), 2 (bpe)')
  })
})
