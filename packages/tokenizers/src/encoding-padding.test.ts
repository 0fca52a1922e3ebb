import { describe, expect, it } from 'vitest'
import { paddingJSON, padRows, readPadding, readPaddingJSON } from './encoding-padding.ts'
import { textColumns } from './token-columns.ts'

const rows = () => [textColumns([1, 2, 3], 0), textColumns([4], 1)]

function padded(options: object): (readonly number[])[] {
  return padRows(rows(), readPadding({ padId: 9, ...options })).map((row) => row.values.ids)
}

describe('padRows', () => {
  it('fills to the longest row, at the right or the left', () => {
    expect(padded({})).toEqual([
      [1, 2, 3],
      [4, 9, 9],
    ])
    expect(padded({ direction: 'left' })).toEqual([
      [1, 2, 3],
      [9, 9, 4],
    ])
  })

  it('fills to a length and to a multiple', () => {
    expect(padded({ length: 2 })).toEqual([
      [1, 2, 3],
      [4, 9],
    ])
    expect(padded({ padToMultipleOf: 2 })).toEqual([
      [1, 2, 3, 9],
      [4, 9, 9, 9],
    ])
    expect(padded({ length: 5, padToMultipleOf: 4 })[1]!.length).toBe(8)
    expect(padded({ padToMultipleOf: 0 })[1]!.length).toBe(3)
    expect(padRows([], readPadding({}))).toEqual([])
  })

  it('fills every column, and what was cut off', () => {
    const row = textColumns([4], 1)
      .overflowingInto([textColumns([5], 1)])
      .asSequence(0)
    const padding = readPadding({ length: 2, direction: 'left', padTypeId: 3, padToken: 'pad' })
    const [one] = padRows([row], padding)
    expect(one!.values).toEqual({
      ids: [0, 4],
      typeIds: [3, 1],
      words: [-1, -1],
      special: [1, 0],
      attention: [0, 1],
      spans: [0, 0, 0, 0],
      points: [0, 0, 0, 0],
      written: ['pad', undefined],
    })
    expect([...one!.ranges]).toEqual([[0, [1, 2]]])
    expect(one!.overflowing[0]!.values.ids).toEqual([0, 5])
  })

  it('has a limit', () => {
    expect(() => padded({ length: 2 ** 40 })).toThrow('padded to 16777216 tokens at most')
    expect(() => padded({ padToMultipleOf: 1e30 })).toThrow('tokens at most')
  })
})

describe('padding settings', () => {
  const json = {
    strategy: { Fixed: 12 },
    direction: 'Left',
    pad_to_multiple_of: null,
    pad_id: 7,
    pad_type_id: 1,
    pad_token: '<pad>',
  }

  it('are read from tokenizer.json and written back', () => {
    for (const value of [json, { ...json, strategy: 'BatchLongest', pad_to_multiple_of: 8 }, null])
      expect(paddingJSON(readPaddingJSON(value, 'p'))).toEqual(value)
  })

  it.each([
    [{ ...json, strategy: 'Longest' }, 'p.strategy: must be "BatchLongest" or {"Fixed": length}'],
    [{ ...json, strategy: { Fixed: -1 } }, 'p.strategy.Fixed: must be a whole number'],
    [{ ...json, direction: 'left' }, 'p.direction: must be Left or Right'],
    [{ ...json, pad_id: 2 ** 40 }, 'p.pad_id: a token id must be'],
    [{ ...json, pad_token: null }, 'p.pad_token: must be a string'],
    [{ ...json, pad_to_multiple_of: 'x' }, 'p.pad_to_multiple_of: must be a whole number'],
  ])('refuse %j', (value, message) => {
    expect(() => readPaddingJSON(value, 'p')).toThrow(message)
  })

  it('refuse options of the wrong kind', () => {
    expect(() => readPadding({ direction: 'up' as 'left' })).toThrow('must be left or right')
    expect(() => readPadding({ padToken: 3 as unknown as string })).toThrow('must be a string')
    expect(() => readPadding({ length: NaN })).toThrow('must be a whole number')
  })
})
