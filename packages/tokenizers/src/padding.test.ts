import { describe, expect, it } from 'vitest'
import { createTokenizer } from './create-tokenizer.ts'
import type { EncodedRow } from './padding.ts'

const make = (config = {}) =>
  createTokenizer(
    { version: '1.0', model: { type: 'WordLevel', vocab: { '<pad>': 0, a: 1 }, unk_token: 'a' } },
    { config: { pad_token: '<pad>', model_max_length: 4, ...config } },
  )
const t = make()

describe('pad', () => {
  it('pads rows, one object of rows and one row, and keeps other keys', () => {
    const rows = [
      { inputIds: [5, 6], id: 'x', tokenTypeIds: [1, 1], specialTokensMask: [0, 0] },
      { inputIds: [7], id: 'y', tokenTypeIds: [1], specialTokensMask: [0] },
    ]
    const want = {
      inputIds: [
        [5, 6],
        [7, 0],
      ],
      attentionMask: [
        [1, 1],
        [1, 0],
      ],
      tokenTypeIds: [
        [1, 1],
        [1, 0],
      ],
      specialTokensMask: [
        [0, 0],
        [0, 1],
      ],
      id: ['x', 'y'],
    }
    expect(t.pad(rows)).toEqual(want)
    expect(rows[1]!.inputIds).toEqual([7])
    expect(t.pad({ inputIds: [5], attentionMask: [0] }, { padding: 'max_length' })).toEqual({
      inputIds: [5, 0, 0, 0],
      attentionMask: [0, 0, 0, 0],
    })
    expect(t.pad({ inputIds: [[5], []] }, { paddingSide: 'left' }).inputIds).toEqual([[5], [0]])
  })

  it('pads what call returned', () => {
    const plain = createTokenizer(t.pipeline.toJSON(), { config: t.config })
    const batch = plain.call(['a', ''])
    expect(plain.pad(batch, { padToMultipleOf: 3 })).toEqual({
      inputIds: [
        [1, 0, 0],
        [0, 0, 0],
      ],
      attentionMask: [
        [1, 0, 0],
        [0, 0, 0],
      ],
    })
    expect(batch.inputIds).toEqual([[1], []])
  })

  it('leaves rows alone that are long enough, or when told to', () => {
    const row = { inputIds: [1, 2, 3] }
    const mask = { attentionMask: [1, 1, 1] }
    expect(t.pad(row, { padding: 'max_length', maxLength: 2 })).toEqual({ ...row, ...mask })
    expect(t.pad(row, { padding: false })).toEqual({ ...row, ...mask })
    expect(t.pad(row, { padding: 'max_length', returnAttentionMask: false })).toEqual({
      inputIds: [1, 2, 3, 0],
    })
    expect(t.pad({ inputIds: [] })).toEqual({ inputIds: [] })
    expect(t.pad([], { returnAttentionMask: true })).toEqual({ inputIds: [], attentionMask: [] })
    const own = make({ model_input_names: ['input_ids'] })
    expect(own.pad(row)).toEqual(row)
  })

  it.each<[unknown, string]>([
    [{ ids: [1] }, 'encoded.inputIds must be a list; got nothing.'],
    [{ inputIds: [1, 'a'] }, 'encoded.inputIds must be a list of whole numbers; got [1,"a"].'],
    [{ inputIds: [[1], [2]], attentionMask: [[1]] }, 'encoded.attentionMask must be 2 rows'],
    [
      { inputIds: [[1]], attentionMask: [[1, 1]] },
      'encoded.attentionMask[0] must be as long as its',
    ],
    [[{ inputIds: [1] }, 5], 'encoded[1] must be an object with inputIds; got 5.'],
    [5, 'encoded must be an object with inputIds; got 5.'],
  ])('refuses %j', (encoded, message) => {
    expect(() => t.pad(encoded as EncodedRow)).toThrow(`pad: ${message}`)
  })

  it('refuses unknown options and a tokenizer without pad token', () => {
    expect(() => t.pad({ inputIds: [1] }, { max_length: 3 } as object)).toThrow(
      'pad: max_length must be an option of pad',
    )
    const own = make({ pad_token: null })
    expect(() => own.pad({ inputIds: [1] })).toThrow('padding needs a pad token')
    expect(own.pad({ inputIds: [1] }, { padding: false }).inputIds).toEqual([1])
  })
})
