import { describe, expect, it } from 'vitest'
import { bertNormalizer } from './bert-normalizer.ts'
import { alignedText } from '../aligned-text.ts'
import { readNormalizer } from './read-normalizer.ts'

let seed = 11
const random = (below: number) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
const characters = [
  ..."aZé.ÀÅſΣσİıßß \t\n\r\0\u0007\u00a0\u00ad\u0085\u2028\u200b\u200d\ufeff\ufffd\u3000中文龦㐀豈ㅏ한글ｶﾞﾟ'",
  ...'\u0301\u0323\u0345\u0903\u093c\u302e\u302f\u1b44\ua953\u0327\u05b0\u1100\u1161\u11a8\u0958\u212a\u2126\ufb01',
  ...'😀𠀀𝐀\u{1d165}\u{1d16d}\u{110ba}\u{e0001}\u{2f800}\u{1e8d0}',
]
function randomText(): string {
  const few = Array.from({ length: 1 + random(6) }, () => characters[random(characters.length)]!)
  const pool = random(2) === 0 ? few : characters
  let text = ''
  for (let size = 30 + random(60); size > 0; size--) text += pool[random(pool.length)]!
  return text
}

describe('UnitMap', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])(
    'changes what the steps of BERT change, %#',
    (bits) => {
      const normalizer = bertNormalizer({
        cleanText: (bits & 1) > 0,
        handleChineseChars: (bits & 2) > 0,
        stripAccents: bits < 4 ? null : bits < 8,
        lowercase: bits % 3 > 0,
      })
      for (let round = 0; round < 400; round++) {
        const text = randomText()
        const wanted = normalizer.align(alignedText(text)).text
        expect(JSON.stringify(normalizer.normalize(text))).toBe(JSON.stringify(wanted))
      }
    },
  )

  it('is linear in a text of letters and marks in turn', () => {
    const normalizer = bertNormalizer({
      cleanText: true,
      handleChineseChars: true,
      stripAccents: null,
      lowercase: true,
    })
    const before = process.cpuUsage()
    expect(normalizer.normalize('e\u0301'.repeat(1 << 18)).length).toBe(1 << 18)
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1.5)
  })
})

describe('Unicode forms', () => {
  it.each(['NFC', 'NFD', 'NFKC', 'NFKD'])('are the same in short stretches, %s', (type) => {
    const normalizer = readNormalizer({ type }, 'test')!
    for (let round = 0; round < 1500; round++) {
      const text = randomText()
      const wanted = normalizer.align(alignedText(text)).text
      expect(JSON.stringify(normalizer.normalize(text))).toBe(JSON.stringify(wanted))
    }
  })
})
