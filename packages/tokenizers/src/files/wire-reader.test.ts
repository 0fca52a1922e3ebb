import { describe, expect, it } from 'vitest'
import { WireReader } from './wire-reader.ts'

const reader = (...bytes: number[]) => new WireReader(Uint8Array.from(bytes), 'file')

describe('WireReader', () => {
  it('reads numbers, floats, texts and messages, and skips what it is told to', () => {
    const message = reader(
      ...[0x08, 0x96, 0x01], // 1: 150
      ...[0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], // 2: -1
      ...[0x1d, 0x00, 0x00, 0xc0, 0xbf], // 3: -1.5
      ...[0x22, 0x03, 0xe2, 0x96, 0x81], // 4: U+2581
      ...[0x2a, 0x02, 0x08, 0x01], // 5: { 1: true }
      ...[0x31, 1, 2, 3, 4, 5, 6, 7, 8], // 6: fixed64
      ...[0x3d, 1, 2, 3, 4], // 7: fixed32
      ...[0xf8, 0x07, 0x02], // 127: 2
    )
    const found: unknown[] = []
    while (message.next()) {
      if (message.field <= 2 || message.field === 127) found.push(message.int32())
      else if (message.field === 3) found.push(message.float())
      else if (message.field === 4) found.push(message.string())
      else if (message.field === 5) {
        const inner = message.message('inner')
        expect(inner.next()).toBe(true)
        found.push(inner.bool())
      } else message.skip()
    }
    expect(found).toEqual([150, -1, -1.5, '\u2581', true, 2])
  })

  const read = (...bytes: number[]) => {
    const message = reader(...bytes)
    while (message.next()) message.skip()
  }

  it.each([
    ['a length past the end', [0x0a, 5, 1], 'whole at byte 2; got 5 more bytes announced and 1'],
    ['a length of 2^50', [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2], 'must be whole'],
    ['a length of 2^63', [0x0a, ...Array(9).fill(0xff), 0x7f], 'below 2^53'],
    ['a varint without end', [0x08, ...Array(12).fill(0x80)], '10 bytes at most'],
    ['a tag without end', Array(12).fill(0x80), '10 bytes at most'],
    ['a varint cut off', [0x08, 0x80], 'must be whole'],
    ['a float cut off', [0x1d, 1, 2], 'must be whole'],
    ['a group', [0x0b, 0x08, 0x01, 0x0c], 'got field 1, start of a group'],
    ['wire type 7', [0x0f, 0x01], 'got field 1, wire type 7'],
    ['field 0', [0x02, 0x00], 'got field 0'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => read(...bytes)).toThrow(message)
    expect(() => read(...bytes)).toThrow(expect.objectContaining({ code: 'ERR_TOKENIZER_FORMAT' }))
  })

  it('refuses a field of another kind, and texts that are not UTF-8', () => {
    const number = reader(0x08, 0x01)
    number.next()
    expect(() => number.bytes()).toThrow('file: must be bytes in field 1 at byte 1; got varint')
    const text = reader(0x0a, 0x02, 0xff, 0x41)
    text.next()
    expect(() => text.string()).toThrow('file: must be UTF-8 text')
  })
})
