import { describe, expect, it } from 'vitest'
import { PrefixTrie } from '../models/prefix-trie.ts'
import { Lattice } from './lattice.ts'

const pieces = ['a', 'b', 'ab', 'ba', 'aba', '\u{1f600}']
const scores = Float64Array.of(0, -1, -2, -2.5, -4, -3.25, -1.5)
const trie = new PrefixTrie()
pieces.forEach((piece, i) => {
  trie.add(piece, i + 1, 'test')
})

/** All ways to cut a text, as lists of pieces with the sum of their scores. */
function ways(text: string): { ids: number[]; score: number }[] {
  if (text === '') return [{ ids: [], score: 0 }]
  return pieces.flatMap((piece, i) =>
    text.startsWith(piece)
      ? ways(text.slice(piece.length)).map(({ ids, score }) => ({
          ids: [i + 1, ...ids],
          score: score + scores[i + 1]!,
        }))
      : [],
  )
}

function loaded(text: string): Lattice {
  const lattice = new Lattice(trie)
  // An earlier text must leave nothing behind.
  lattice.load('\u{1f600}'.repeat(300), scores, -9)
  lattice.load(text, scores, -9)
  return lattice
}

describe('Lattice', () => {
  it.each(['a', 'ab', 'aba', 'ababab', 'a\u{1f600}bab'])('weighs all ways to cut %s', (text) => {
    const all = ways(text)
    const sum = all.reduce((total, { score }) => total + Math.exp(score), 0)
    const want = new Float64Array(pieces.length + 1)
    for (const { ids, score } of all) for (const id of ids) want[id]! += (3 * Math.exp(score)) / sum
    const got = new Float64Array(pieces.length + 1)
    const lattice = loaded(text)
    lattice.addExpected(3, got)
    got.forEach((value, id) => {
      expect(value).toBeCloseTo(want[id]!, 10)
    })
    const best = all.reduce((a, b) => (b.score > a.score ? b : a))
    expect(lattice.best().reverse()).toEqual(best.ids)
  })

  it('has piece 0 for a character that is none', () => {
    expect(loaded('xa').best().reverse()).toEqual([0, 1])
    expect(loaded('').best()).toEqual([])
  })

  it('finds the best way to do without a piece', () => {
    expect(loaded('a').bestParts()).toBeUndefined()
    expect(loaded('ba').bestParts()).toEqual({ ids: [1, 2], beatsWhole: true })
    expect(loaded('ab').bestParts()).toEqual({ ids: [2, 1], beatsWhole: false })
    expect(loaded('aba').bestParts()).toEqual({ ids: [1, 3], beatsWhole: false })
  })
})
