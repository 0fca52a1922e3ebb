import { describe, expect, it } from 'vitest'
import { Pace } from './pace.ts'
import { seedPieces } from './seed-pieces.ts'

const seeds = (words: string[], maxPieceLength = 16, seedSize = 1e6) =>
  seedPieces(
    { words, counts: words.map((_, i) => i + 1) },
    { seedSize, maxPieceLength },
    new Pace({}),
  )

/** Stretches of two characters or more that go on in several ways, with how often they occur. */
function naive(words: string[], longest: number): Map<string, number> {
  const next = new Map<string, string[]>()
  for (const word of words) {
    const characters = [...word, '\0']
    for (let from = 0; from + 1 < characters.length; from++) {
      for (let to = from + 2; to < characters.length && to - from <= longest; to++) {
        const stretch = characters.slice(from, to).join('')
        if (!next.has(stretch)) next.set(stretch, [])
        next.get(stretch)!.push(characters[to]!)
      }
    }
  }
  return new Map(
    [...next].filter(([, all]) => new Set(all).size > 1).map(([key, all]) => [key, all.length]),
  )
}

describe('seedPieces', () => {
  it('equals the definition on random words', async () => {
    let seed = 9
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return (seed >>> 8) % below
    }
    for (let round = 0; round < 40; round++) {
      const longest = 2 + random(6)
      const list = new Set<string>()
      for (let i = 0; i < 20; i++) {
        const characters = Array.from({ length: 1 + random(10) }, () =>
          ['a', 'b', 'c', '\u{1f600}'].at(random(4)),
        )
        list.add(characters.join(''))
      }
      const { pieces, weights } = await seeds([...list], longest)
      const characters = new Set([...list].join('')).size
      const want = naive([...list], longest)
      const got = pieces.slice(characters)
      expect([...got].sort()).toEqual([...want.keys()].sort())
      got.forEach((piece, i) => {
        expect(weights[characters + i]).toBe(want.get(piece)! * [...piece].length)
      })
    }
  })

  it('orders characters by count and stretches by the characters they cover, equals downwards', async () => {
    const { pieces, weights } = await seeds(['abx', 'aby', 'cdx', 'cdy'])
    // Words count 1 to 4 times.
    expect(pieces).toEqual(['d', 'c', 'y', 'x', 'b', 'a', 'cd', 'ab'])
    expect(weights).toEqual([7, 7, 6, 4, 3, 3, 4, 4])
  })

  it('stops at the number of seeds, but keeps all characters', async () => {
    expect((await seeds(['abx', 'aby', 'cdx', 'cdy'], 16, 7)).pieces.at(-1)).toBe('cd')
    expect((await seeds(['abc'], 16, 1)).pieces).toEqual(['c', 'b', 'a'])
  })

  it('takes a second at most for a long run of one character', async () => {
    const before = process.cpuUsage()
    const { pieces } = await seeds(['a'.repeat(200_000)])
    expect(pieces.length).toBe(16)
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1)
  })
})
