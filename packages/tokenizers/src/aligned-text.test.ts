import { describe, expect, it } from 'vitest'
import { alignedText, AlignedWriter, removeMatches, sliceAligned } from './aligned-text.ts'

const spans = ({ starts, ends }: { starts: Int32Array; ends: Int32Array }) =>
  Array.from(starts, (start, i) => `${start}-${ends[i]}`).join(' ')

describe('aligned text', () => {
  it('gives both units of a pair the whole character', () => {
    expect(spans(alignedText('a\u{1f600}b'))).toBe('0-1 1-3 1-3 3-4')
    expect(spans(alignedText('ab', 5))).toBe('5-6 6-7')
    expect(spans(sliceAligned(alignedText('abcd'), 1, 3))).toBe('1-2 2-3')
  })

  it('follows changes: 0 replaces, 1 inserts, less removes', () => {
    const writer = new AlignedWriter(alignedText('a\u{1f600}bcd'))
    writer.put('x', 1) // before everything
    writer.put('A', 0)
    writer.put('y', 1)
    writer.put('\u{1f601}', -1) // for the smiley and b
    writer.copyTo(5)
    writer.insert('!')
    const written = writer.finish()
    expect(written.text).toBe('xAy\u{1f601}c!')
    expect(spans(written)).toBe('0-0 0-1 0-1 1-3 1-3 4-5 4-5')
  })

  it('removes matches', () => {
    const removed = removeMatches(alignedText('a--b-'), /-+/g)
    expect([removed.text, spans(removed)]).toEqual(['ab', '0-1 3-4'])
    const same = alignedText('ab')
    expect(removeMatches(same, /-/g)).toBe(same)
  })
})
