import { describe, expect, it } from 'vitest'
import { PrefixTrie } from './prefix-trie.ts'

function found(trie: PrefixTrie, text: string): number[] {
  const values: number[] = []
  let node = trie.root
  for (let i = 0; i < text.length; i++) {
    node = trie.step(node, text.charCodeAt(i))
    if (node < 0) break
    if (trie.valueAt(node) >= 0) values.push(trie.valueAt(node))
  }
  return values
}

describe('PrefixTrie', () => {
  it('finds every token that a text begins with', () => {
    const trie = new PrefixTrie()
    const tokens = ['a', 'ab', 'abcd', 'b', '\u00e9', '\u{1f600}', '\u{1f600}x', '\0', '\uffff']
    tokens.forEach((token, value) => {
      trie.add(token, value, 'test')
    })
    expect(found(trie, 'abcde')).toEqual([0, 1, 2])
    expect(found(trie, 'abc')).toEqual([0, 1])
    expect(found(trie, 'ba')).toEqual([3])
    expect(found(trie, '\u{1f600}x')).toEqual([5, 6])
    expect(found(trie, '\0\0')).toEqual([7])
    expect(found(trie, '\uffff')).toEqual([8])
    expect(found(trie, 'z')).toEqual([])
    expect(trie.valueAt(trie.find('abc'))).toBe(-1)
    expect(trie.find('abd')).toBe(-1)
    trie.setValueAt(trie.find('ab'), -1)
    expect(found(trie, 'abcd')).toEqual([0, 2])
  })

  it('keeps all tokens while it grows', () => {
    const trie = new PrefixTrie()
    const tokens = new Set<string>()
    let seed = 3
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return (seed >>> 8) % below
    }
    while (tokens.size < 20_000) {
      const units = Array.from({ length: 1 + random(6) }, () => random(random(4) ? 40 : 65_536))
      tokens.add(String.fromCharCode(...units))
    }
    const list = [...tokens]
    list.forEach((token, value) => {
      trie.add(token, value, 'test')
    })
    expect(list.every((token, value) => trie.valueAt(trie.find(token)) === value)).toBe(true)
  })

  it('takes the last value of a token and finds no empty one', () => {
    const trie = new PrefixTrie()
    trie.add('a', 1, 'test')
    trie.add('a', 2, 'test')
    trie.add('', 3, 'test')
    expect(found(trie, 'aa')).toEqual([2])
  })

  it('refuses a token that would make every text slow', () => {
    expect(() => new PrefixTrie().add('a'.repeat(5000), 0, 'model.vocab')).toThrow(
      'model.vocab: a token may have 4096 UTF-16 units at most; got 5000.',
    )
  })
})
