import { describe, expect, test } from 'vitest'
import { RowText, type TextSource } from './row-text.ts'

// Ids are UTF-8 bytes; ids from 1000 on are special tokens.
const special: Record<number, string> = { 1000: '<begin>', 1001: '<end>' }
const source: TextSource = {
  decode: (ids, options) => {
    const stream = source.streamDecoder(options)
    return ids.map((id) => stream.push(id)).join('') + stream.flush()
  },
  streamDecoder: ({ skipSpecialTokens = false } = {}) => {
    let decoder = new TextDecoder()
    return {
      push: (id) => {
        if (id < 1000) return decoder.decode(Uint8Array.of(id), { stream: true })
        return skipSpecialTokens ? '' : (special[id] as string)
      },
      flush: () => {
        const rest = decoder.decode()
        decoder = new TextDecoder()
        return rest
      },
    }
  },
}
const ids = (text: string) => [...new TextEncoder().encode(text)]

function run(prompt: number[], tokens: number[], stops: string[]) {
  const row = new RowText(source, prompt, stops)
  const parts: string[] = []
  for (const id of tokens) {
    parts.push(row.push(id))
    if (row.stopped) return { parts, text: parts.join(''), stopped: true }
  }
  parts.push(row.flush())
  return { parts, text: parts.join(''), stopped: false }
}

describe('RowText', () => {
  test('never splits a character and leaves special tokens out', () => {
    const { parts } = run([1000], [...ids('a\u00e9'), 1001], [])
    expect(parts).toEqual(['a', '', '\u00e9', '', ''])
  })

  test('goes on inside a character that the prompt began', () => {
    const [first, second] = ids('\u00e9') as [number, number]
    expect(run([first], [second, ...ids('!')], []).text).toBe('\u00e9!')
  })

  test('leaves out the stop string and what follows it', () => {
    expect(run([], ids('one. END two'), [' END'])).toMatchObject({ text: 'one.', stopped: true })
  })

  test('holds back the beginning of a stop string and gives it out when it was none', () => {
    const { parts, stopped } = run([], ids('a##b'), ['###'])
    expect(parts).toEqual(['a', '', '', '##b', ''])
    expect(stopped).toBe(false)
    expect(run([], ids('a##'), ['###']).parts).toEqual(['a', '', '', '##'])
  })

  test('a stop string may name a special token, and may begin in the prompt', () => {
    expect(run([], [...ids('hi'), 1001], ['<end>'])).toMatchObject({ text: 'hi', stopped: true })
    expect(run(ids('Hello'), ids(' world'), ['lo wo'])).toMatchObject({ text: '', stopped: true })
    expect(run(ids('END'), ids(' of it'), ['END']).stopped).toBe(false)
  })

  test('text around a special token is kept while it may belong to a stop string', () => {
    expect(run([], [...ids('a<'), 1000, ...ids('b')], ['<<begin>c']).text).toBe('a<b')
  })

  test('text equals the whole text cut at the first stop string, whatever the pieces', () => {
    const words = ['sto', 'p', ' ', '\u4e16\u754c', '#', '\n', 'a', 'st']
    let state = 7
    const random = (n: number) => {
      state = (state * 1103515245 + 12345) % 2 ** 31
      return state % n
    }
    for (let round = 0; round < 500; round++) {
      const text = Array.from({ length: 12 }, () => words[random(words.length)]).join('')
      const stops = ['stop', '##', '\n a', '\u754c#'].slice(random(4))
      const cuts = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0)
      // Token by token, the string that is complete first ends the row.
      const ends = stops
        .map((stop) => [text.indexOf(stop), stop.length] as const)
        .filter(([at]) => at >= 0)
        .map(([at, size]) => [at + size, at] as const)
        .sort((a, b) => a[0] - b[0] || a[1] - b[1])
      const result = run([], ids(text), stops)
      expect(result.stopped).toBe(cuts.length > 0)
      expect(result.text).toBe(ends.length > 0 ? text.slice(0, ends[0]?.[1]) : text)
    }
  })
})
