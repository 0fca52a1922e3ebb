import { describe, expect, it } from 'vitest'
import { decodeBase64Into, encodeBase64 } from './base64.ts'

function decodeBase64(text: string): Uint8Array | undefined {
  const source = Uint8Array.from(text, (character) => character.charCodeAt(0))
  // One byte in front and behind that must stay as they are.
  const target = new Uint8Array(text.length + 2)
  const size = decodeBase64Into(source, 0, source.length, target, 1)
  expect([target[0], target[1 + Math.max(size, text.length)]]).toEqual([0, 0])
  return size < 0 ? undefined : target.slice(1, 1 + size)
}

describe('base64', () => {
  it('gives back bytes of any length', () => {
    for (const size of [0, 1, 2, 3, 4, 5, 6143, 6144, 6145, 20_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 197 + size) & 255)
      const text = encodeBase64(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64'))
      expect(decodeBase64(text)).toEqual(bytes)
    }
  })

  it.each([
    'A',
    'AA',
    'AAA',
    'AAAAA',
    'AA=A',
    '====',
    'A===',
    'AA-_',
    'AA==AAAA',
    'AB==',
    'AAB=',
    'AA=\u00e9',
  ])('refuses %s', (text) => {
    expect(decodeBase64(text)).toBeUndefined()
  })
})
