import { describe, expect, it } from 'vitest'
import { decodeBase64, encodeBase64 } from './base64.ts'

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
