import { describe, expect, it } from 'vitest'
import { TokenColumns } from './token-columns.ts'
import {
  checkStride,
  cutRows,
  keptLengths,
  readTruncation,
  readTruncationJSON,
  truncateColumns,
  truncationJSON,
} from './truncation.ts'

function row(size: number, first = 0): TokenColumns {
  const ids = Array.from({ length: size }, (_, i) => first + i)
  const zeros = ids.map(() => 0)
  const spans = ids.flatMap((_, i) => [i, i + 1])
  return new TokenColumns({
    ids,
    typeIds: zeros,
    words: ids.map((_, i) => i),
    special: zeros,
    attention: ids.map(() => 1),
    spans,
    points: spans,
    written: undefined,
  })
}

const idsOf = (part: TokenColumns) => [...part.values.ids]
const partsOf = (part: TokenColumns) => part.overflowing.map(idsOf)

describe('truncateColumns', () => {
  it('cuts at the right into parts of one length with a stride', () => {
    const cut = truncateColumns(row(7), 3, 1, 'right')
    expect(idsOf(cut)).toEqual([0, 1, 2])
    expect(partsOf(cut)).toEqual([
      [2, 3, 4],
      [4, 5, 6],
    ])
    expect(partsOf(truncateColumns(row(6), 3, 1, 'right'))).toEqual([
      [2, 3, 4],
      [4, 5],
    ])
  })

  it('cuts at the left, the last part the shortest', () => {
    const cut = truncateColumns(row(6), 3, 1, 'left')
    expect(idsOf(cut)).toEqual([3, 4, 5])
    expect(partsOf(cut)).toEqual([
      [1, 2, 3],
      [0, 1],
    ])
  })

  it('keeps nothing of no length, and the whole as overflow', () => {
    const cut = truncateColumns(row(2), 0, 0, 'right')
    expect(idsOf(cut)).toEqual([])
    expect(partsOf(cut)).toEqual([[0, 1]])
    expect(partsOf(truncateColumns(row(2), 2, 5, 'right'))).toEqual([])
  })

  it('cuts the other columns alike', () => {
    const { values } = truncateColumns(row(4), 2, 0, 'left')
    expect(values.spans).toEqual([2, 3, 3, 4])
    expect(values.points).toBe(values.spans)
    expect(values.words).toEqual([2, 3])
  })

  it('makes parts only when someone looks: a huge stride costs nothing', () => {
    const size = 1 << 18
    const before = process.cpuUsage()
    // Every part has all but one token of the one before: 2^35 ids, were they made.
    truncateColumns(row(size), size / 2, size / 2 - 1, 'right')
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2)
  })

  it('refuses a stride that never comes to an end', () => {
    expect(() => truncateColumns(row(5), 2, 2, 'right')).toThrow(
      'stride must be smaller than the 2 places for text; got 2.',
    )
    expect(() => truncateColumns(row(5), 2, -1, 'right')).toThrow('from 0 on; got -1.')
    expect(() => truncateColumns(row(5), 1.5, 0, 'right')).toThrow('from 0 on; got 1.5.')
  })
})

describe('cutRows', () => {
  const kept = (lengths: number[], maxLength: number, strategy = 'longest_first', added = 0) =>
    keptLengths(lengths, readTruncation({ maxLength, strategy: strategy as 'only_first' }), added)

  it('cuts the longer text first, then both to one half', () => {
    expect(kept([3, 10], 8)).toEqual([3, 5])
    expect(kept([10, 3], 8)).toEqual([5, 3])
    expect(kept([10, 10], 7)).toEqual([3, 4])
    expect(kept([11, 10], 7)).toEqual([4, 3])
    expect(kept([20, 9], 7, 'longest_first', 2)).toEqual([3, 2])
    expect(kept([9], 7, 'longest_first', 2)).toEqual([5])
    expect(kept([2, 2], 8)).toEqual([2, 2])
  })

  it('cuts the text that it is told', () => {
    expect(kept([3, 10], 8, 'only_second')).toEqual([3, 5])
    expect(kept([10, 3], 8, 'only_first')).toEqual([5, 3])
    expect(() => kept([3, 10], 8, 'only_first')).toThrow('got 3 tokens with 5 to cut')
    expect(() => kept([10], 8, 'only_second')).toThrow('only_second needs a pair of texts')
  })

  it('cuts nothing where the template alone is longer, as the reference', () => {
    expect(kept([5], 1, 'longest_first', 2)).toEqual([5])
    expect(kept([5], 2, 'longest_first', 2)).toEqual([0])
  })

  it('leaves overflow out on demand', () => {
    const truncation = readTruncation({ maxLength: 2 })
    expect(partsOf(cutRows([row(5)], truncation, 0)[0]!)).toEqual([[2, 3], [4]])
    expect(partsOf(cutRows([row(5)], { ...truncation, overflow: 'none' }, 0)[0]!)).toEqual([])
  })
})

describe('truncation settings', () => {
  const json = { direction: 'Left', max_length: 8, strategy: 'OnlySecond', stride: 2 }

  it('are read from tokenizer.json and written back', () => {
    expect(truncationJSON(readTruncationJSON(json, 't'))).toEqual(json)
    expect(readTruncationJSON(null, 't')).toBeUndefined()
    expect(truncationJSON(undefined)).toBeNull()
    const old = { max_length: 1e30, strategy: 'LongestFirst', stride: 0 }
    expect(readTruncationJSON(old, 't')).toMatchObject({ maxLength: 1e30, direction: 'right' })
  })

  it.each([
    [{ ...json, strategy: 'longest_first' }, 't.strategy: must be LongestFirst'],
    [{ ...json, direction: 'left' }, 't.direction: must be Left or Right'],
    [{ ...json, max_length: -1 }, 't.max_length: must be a whole number'],
    [{ ...json, stride: '2' }, 't.stride: must be a whole number'],
    [[], 't: must be an object'],
  ])('refuse %j', (value, message) => {
    expect(() => readTruncationJSON(value, 't')).toThrow(message)
  })

  it('refuse a stride that the template leaves no room for', () => {
    const truncation = readTruncation({ maxLength: 4, stride: 4 })
    expect(() => checkStride(truncation, 2)).toThrow('stride may be 2 at most')
    expect(() => checkStride(truncation, 0)).not.toThrow()
    expect(() => readTruncation({ maxLength: 4, overflow: 'some' as 'all' })).toThrow(
      'truncation.overflow: must be all, none or word; got "some".',
    )
    expect(() => readTruncation({ maxLength: 4, strategy: 'constructor' as 'only_first' })).toThrow(
      'truncation.strategy: must be longest_first',
    )
  })
})
