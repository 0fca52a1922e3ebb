import { describe, expect, it } from 'vitest'
import { trainBPE } from './bpe-trainer.ts'
import { Pace } from './pace.ts'
import { readTrainerOptions, type TrainerOptions } from './trainer-options.ts'
import type { WordCounts } from './word-counts.ts'

const counted = (counts: Record<string, number>): WordCounts => ({
  words: Object.keys(counts),
  counts: Object.values(counts),
})

const train = (counts: Record<string, number>, options: TrainerOptions = {}) =>
  trainBPE(counted(counts), readTrainerOptions('BPE', options), new Pace({}))

const roses = { roses: 1, are: 2, red: 1, violets: 1, blue: 1, is: 2, so: 1 }

/** BPE as defined: again and again the most frequent pair, of equals the one with the lower ids. */
function naive(counts: Record<string, number>, vocabSize: number): string[] | undefined {
  const tokens = [...new Set(Object.keys(counts).join(''))].sort()
  const words = Object.entries(counts).map(([word, count]) => ({
    ids: [...word].map((character) => tokens.indexOf(character)),
    count,
  }))
  while (tokens.length < vocabSize) {
    const pairs = new Map<string, number>()
    for (const { ids, count } of words) {
      for (let i = 0; i + 1 < ids.length; i++) {
        const pair = `${ids[i]},${ids[i + 1]}`
        pairs.set(pair, (pairs.get(pair) ?? 0) + count)
      }
    }
    const order = [...pairs].map(([pair, count]) => [-count, ...pair.split(',').map(Number)])
    order.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!)
    if (order.length === 0) break
    const [, left, right] = order[0] as [number, number, number]
    const merged = tokens[left]! + tokens[right]!
    // The reference counts a token that is made in two ways in a way of its own.
    if (tokens.includes(merged)) return undefined
    tokens.push(merged)
    for (const { ids } of words) {
      for (let i = 0; i + 1 < ids.length; i++) {
        if (ids[i] === left && ids[i + 1] === right) ids.splice(i, 2, tokens.length - 1)
      }
    }
  }
  return tokens
}

describe('BPE training', () => {
  it('puts special tokens first, then characters by code point, then merges', async () => {
    const { tokens, merges } = await train(roses, {
      minFrequency: 2,
      specialTokens: ['<s>', '</s>', '<s>'],
    })
    expect(tokens.slice(0, 3)).toEqual(['<s>', '</s>', 'a'])
    expect(tokens.slice(-3)).toEqual(['re', 'are', 'is'])
    expect(merges).toEqual([
      ['r', 'e'],
      ['a', 're'],
      ['i', 's'],
    ])
  })

  it('equals the definition on random words', async () => {
    let seed = 5
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return (seed >>> 8) % below
    }
    let compared = 0
    for (let round = 0; round < 60; round++) {
      const counts: Record<string, number> = {}
      for (let i = 0; i < 12; i++) {
        const word = Array.from({ length: 1 + random(9) }, () => 'abcdefgh'.charAt(random(8)))
        counts[word.join('')] = 1 + random(9)
      }
      const want = naive(counts, 30)
      if (!want) continue
      compared++
      const { tokens } = await train(counts, { vocabSize: 30 })
      expect(tokens).toEqual(want)
    }
    expect(compared).toBeGreaterThan(20)
  })

  it('stops at the size, the frequency, and when no pair is left', async () => {
    expect((await train(roses, { vocabSize: 16 })).tokens.length).toBe(16)
    // Special tokens and characters are never too many.
    expect((await train({ ab: 1 }, { vocabSize: 1, specialTokens: ['x'] })).tokens).toEqual([
      'x',
      'a',
      'b',
    ])
    expect((await train({ abc: 3 }, { minFrequency: 4 })).merges).toEqual([])
    expect((await train({ abc: 3 })).tokens).toEqual(['a', 'b', 'c', 'ab', 'abc'])
    expect((await train({})).tokens).toEqual([])
  })

  it('keeps the most frequent characters and those of the initial alphabet', async () => {
    const options = { limitAlphabet: 3, initialAlphabet: ['zoo', '\u{1f600}', ''] }
    const { tokens, merges } = await train({ aaab: 1, cb: 1 }, options)
    expect(tokens.slice(0, 3)).toEqual(['a', 'z', '\u{1f600}'])
    // What is not in the alphabet leaves no trace.
    expect(merges).toEqual([
      ['a', 'a'],
      ['aa', 'a'],
    ])
  })

  it('marks characters within and at the end of words', async () => {
    const { tokens, merges } = await train(
      { aba: 2 },
      { continuingSubwordPrefix: '##', endOfWordSuffix: '</w>' },
    )
    expect(tokens).toEqual(['a', 'b', '##b', '##a</w>', 'ab', 'aba</w>'])
    expect(merges).toEqual([
      ['a', '##b'],
      ['ab', '##a</w>'],
    ])
  })

  it('does not count pairs that are too long', async () => {
    const { tokens } = await train({ abcd: 5, bcd: 4 }, { maxTokenLength: 4 })
    expect(tokens).toEqual(['a', 'b', 'c', 'd', 'bc', 'bcd'])
    expect((await train({ abcd: 5, bcd: 4 })).tokens).toContain('abcd')
  })

  it('merges overlapping pairs from the left', async () => {
    const { tokens, merges } = await train({ aaaaa: 1 })
    expect(tokens).toEqual(['a', 'aa', 'aaa', 'aaaaa'])
    expect(merges).toEqual([
      ['a', 'a'],
      ['aa', 'a'],
      ['aa', 'aaa'],
    ])
  })
})
