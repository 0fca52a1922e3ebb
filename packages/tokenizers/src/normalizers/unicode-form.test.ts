import { describe, expect, it } from 'vitest'
import { normalizeCharacters } from './canonical-order.ts'
import { combiningClass } from './combining-class.ts'
import { toUnicodeForm } from './unicode-form.ts'

const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const

describe('Unicode normalization', () => {
  it('goes by characters to where the engine goes', () => {
    const ranges = [
      0xa0, 0x600, 0x900, 0xc00, 0x1e00, 0x2500, 0x3000, 0x3400, 0xac00, 0xad00, 0xfa00, 0x10000,
    ]
    for (let i = 0; i < ranges.length; i += 2) {
      for (let code = ranges[i]!; code < ranges[i + 1]!; code++) {
        const text = `${String.fromCodePoint(code)}\u0327\u0301`
        for (const form of forms) {
          const { codes } = normalizeCharacters(text, form)
          expect(String.fromCodePoint(...codes)).toBe(toUnicodeForm(text, form))
        }
      }
    }
  })

  it('ranks marks as Unicode does', () => {
    const order = [0x334, 0x93c, 0x94d, 0x5b0, 0x651, 0xe48, 0x321, 0x316, 0x301, 0x345]
    const ranks = order.map(combiningClass)
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
    expect(new Set(ranks).size).toBe(order.length)
    expect([0x41, 0x903, 0x1ab0 + 0xf, 0x1161].map(combiningClass)).toEqual([0, 0, 0, 0])
    expect(combiningClass(0x300)).toBe(combiningClass(0x301))
  })

  it('sorts a long run of marks in linear time', () => {
    const size = 1 << 16
    const marks = '\u0301\u0316'.repeat(size)
    const sorted = '\u0316'.repeat(size) + '\u0301'.repeat(size)
    expect(toUnicodeForm(`a${marks}b\u00e9`, 'NFD') === `a${sorted}be\u0301`).toBe(true)
    expect(toUnicodeForm(`a${marks}`, 'NFC').slice(0, 2)).toBe('\u00e1\u0316')
  })

  it('leaves alone what Unicode 9 does not know', () => {
    for (const text of ['\u32ff', '\ua7f2', '\u{11938}', 'a\u0301\u1ac0', '\u{16d68}']) {
      expect(toUnicodeForm(text, 'NFKD')).toBe(text)
    }
    expect(toUnicodeForm('\u32ff e\u0301', 'NFKC')).toBe('\u32ff \u00e9')
  })
})
