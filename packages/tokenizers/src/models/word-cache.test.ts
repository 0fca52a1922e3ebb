import { describe, expect, it } from 'vitest'
import { WordCache } from './word-cache.ts'

function get(cache: WordCache, word: string): number[] | undefined {
  const ids = [7]
  const text = `(${word})`
  return cache.copy(text, 1, 1 + word.length, ids) ? ids.slice(1) : undefined
}

const add = (cache: WordCache, word: string, ids: number[]) =>
  cache.add(`(${word})`, 1, 1 + word.length, [7, ...ids], 1)

describe('WordCache', () => {
  it('keeps what is used and forgets the rest', () => {
    const cache = new WordCache()
    add(cache, 'kept', [1, 2])
    for (let i = 0; i < 500_000; i++) {
      add(cache, `word${i}`, [i])
      if (i % 1000 === 0) expect(get(cache, 'kept')).toEqual([1, 2])
    }
    expect(get(cache, 'word0')).toBeUndefined()
    expect(get(cache, 'word499999')).toEqual([499_999])
    add(cache, 'x'.repeat(1000), [2])
    expect(get(cache, 'x'.repeat(1000))).toBeUndefined()
  })

  it('tells short words of all units apart', () => {
    const cache = new WordCache()
    const units = [
      '\0',
      '\x01',
      '\x02',
      'a',
      '\xff',
      '\u0100',
      '\u0101',
      '\u2581',
      '\u2500',
      '\u8100',
    ]
    const words = ['']
    for (const first of units) {
      for (const second of ['', ...units]) {
        for (const rest of ['', 'b', 'bcd\u2581', 'bcd\x01f', 'bcdef\u2581', 'bcdefgh']) {
          words.push(first + second + rest)
        }
      }
    }
    words.forEach((word, i) => add(cache, word, [i]))
    const found = words.map((word) => get(cache, word))
    // The places of words are drawn by chance: where too many meet, one may be left out.
    expect(found.filter((ids) => ids !== undefined).length).toBeGreaterThan(0.9 * words.length)
    for (const [i, ids] of found.entries())
      if (ids) expect([words[i], ids]).toEqual([words[i], [i]])
  })

  it('gives back no other word, and words of no ids or many', () => {
    const cache = new WordCache()
    const words = Array.from({ length: 5000 }, (_, i) =>
      String.fromCharCode(40 + (i % 70), i, 0xd800),
    )
    words.forEach((word, i) => add(cache, word, Array(i % 9).fill(i)))
    words.forEach((word, i) => {
      const found = get(cache, word)
      // A word may be forgotten where many fall into one place, never be taken for another.
      if (found) expect(found).toEqual(Array(i % 9).fill(i))
      expect(get(cache, `${word}\ud800`)).toBeUndefined()
    })
    const known = words.filter((word) => get(cache, word))
    expect(known.length).toBeGreaterThan(4950)
  })
})
