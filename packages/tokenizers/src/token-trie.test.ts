import { describe, expect, it } from 'vitest'
import { TokenAutomaton } from './token-automaton.ts'
import { TokenTrie } from './token-trie.ts'

function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % below
  }
}

/** Leftmost, then longest, by looking everywhere. */
function naive(tokens: ReadonlyMap<string, number>, text: string) {
  const matches = []
  for (let start = 0; start < text.length; start++) {
    let longest = ''
    for (const token of tokens.keys()) {
      if (token.length > longest.length && text.startsWith(token, start)) longest = token
    }
    if (longest === '') continue
    matches.push({ start, end: start + longest.length, id: tokens.get(longest)! })
    start += longest.length - 1
  }
  return matches
}

describe('tokens in a text', () => {
  it('are the leftmost, then the longest, in the trie and in the automaton', () => {
    const next = random(5)
    const word = (size: number) =>
      Array.from({ length: size }, () => 'ab\u{1f642}'[next(4)]).join('')
    for (let round = 0; round < 300; round++) {
      const tokens = new Map<string, number>()
      for (let id = 0; id < 8; id++) tokens.set(word(1 + next(6)), id)
      const trie = new TokenTrie()
      for (const [token, id] of tokens) trie.add(token, id)
      const text = word(60)
      const want = naive(tokens, text)
      expect(trie.findAll(text)).toEqual(want)
      expect(new TokenAutomaton(tokens).findAll(text, 0)).toEqual(want)
    }
  })

  it('take one step for each character, whatever the tokens', () => {
    const trie = new TokenTrie()
    const long = 'a'.repeat(1000)
    trie.add(`${long}b`, 0)
    trie.add('aaa', 1)
    const text = 'a'.repeat(1 << 19)
    const before = process.cpuUsage()
    const matches = trie.findAll(text)
    expect(matches.length).toBe(Math.floor(text.length / 3))
    expect(matches.at(-1)).toEqual({ start: 524_283, end: 524_286, id: 1 })
    const ending = `${'a'.repeat(30_000)}${long}b`
    expect(trie.findAll(ending).at(-1)).toEqual({ start: 30_000, end: 31_001, id: 0 })
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2)
  })

  it('are none where there are no tokens', () => {
    const trie = new TokenTrie()
    trie.add('', 3)
    expect(trie.findAll('abc')).toEqual([])
    expect(trie.find('abc', 0)).toBeUndefined()
  })
})
