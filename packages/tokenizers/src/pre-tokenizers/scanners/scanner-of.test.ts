import { describe, expect, it } from 'vitest'
import { compileOniguruma } from '../../regex/oniguruma.ts'
import type { Scanner } from './scanner.ts'
import { coversTexts, scanners } from './scanner-of.ts'

let seed = 1
const random = (below: number) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

// What the patterns tell apart, and what is next to it.
const characters = [
  ..." '’\t\n\r\u0085\u00a0\u2028\u3000\ufeff\u200b\u180e",
  ..."aAsStTlLmMdDrReEvVzZ'ſKéÉǅʰªºあア中一龥龦\u4dff\u303f\u3100",
  ...'09٣²½Ⅷ/-_#.,!$+^`~|€©\u0301\u0903\u20dd\u0000\u001f\u007f\u00ad\ud7ff\ue000\uffff',
  ...'𝐀𝐚𝟘😀𐐀𐐨𠀀𑄃\u{e0100}\u{f0000}\u{1f1e6}',
]

function randomText(length: number): string {
  // Few different characters make long runs, many make rare neighbours.
  const few = Array.from({ length: 1 + random(4) }, () => characters[random(characters.length)]!)
  const pool = random(2) === 0 ? few : characters
  return Array.from({ length }, () => pool[random(pool.length)]!).join('')
}

function matchesOf(regex: RegExp, text: string): [number, number][] {
  return [...text.matchAll(regex)].map((found) => [found.index, found.index + found[0].length])
}

function scan(scanner: Scanner, text: string, from: number, to: number): [number, number][] {
  const found: [number, number][] = []
  for (let at = from; at < to; ) {
    const end = scanner(text, at, to)
    if (end < 0) at += text.codePointAt(at)! > 0xffff ? 2 : 1
    else {
      found.push([at - from, end - from])
      at = end
    }
  }
  return found
}

describe.each([...scanners])('scanner %#', (pattern, scanner) => {
  const regex = compileOniguruma(pattern, 'test').regex!

  it('finds what the pattern finds in hostile texts', () => {
    for (let round = 0; round < 1500; round++) {
      const text = randomText(1 + random(24))
      expect({ text, found: scan(scanner, text, 0, text.length) }).toEqual({
        text,
        found: matchesOf(regex, text),
      })
    }
  })

  it('says whether it covers texts', () => {
    const isCovered = characters.every((character) => scanner(character, 0, character.length) > 0)
    expect(coversTexts(scanner)).toBe(isCovered)
  })

  it('finds the same in a part of a text', () => {
    for (let round = 0; round < 300; round++) {
      const [before, text, after] = [randomText(3), randomText(1 + random(9)), randomText(3)]
      const start = before.length
      const found = scan(scanner, before + text + after, start, start + text.length)
      expect({ text, found }).toEqual({ text, found: matchesOf(regex, text) })
    }
  })

  it('knows every character', () => {
    for (let code = 0; code < 0x30000; code += code < 0x3000 ? 1 : 7) {
      if (code >= 0xd800 && code < 0xe000) continue
      const character = String.fromCodePoint(code)
      const text = `${character}a${character}\n`
      const found = scan(scanner, text, 0, text.length)
      const wanted = matchesOf(regex, text)
      if (JSON.stringify(found) !== JSON.stringify(wanted)) {
        expect({ text, found }).toEqual({ text, found: wanted })
      }
    }
  })

  it('takes time in proportion to the text', () => {
    for (const unit of ['a', 'A', ' ', '\n', '\u0301', '中A', "'", '1', ' \u0301', '!']) {
      const text = unit.repeat((1 << 20) / unit.length)
      const before = process.cpuUsage()
      scan(scanner, text, 0, text.length)
      expect(process.cpuUsage(before).user / 1e6, unit).toBeLessThan(1)
    }
  })
})
