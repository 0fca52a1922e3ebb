import { describe, expect, it } from 'vitest'
import { characterOfByte, toByteCharacters } from '../byte-alphabet.ts'
import { mergeSymbols } from './merge-symbols.ts'
import { MergeTable } from './merge-table.ts'
import type { BPE } from './bpe.ts'
import { readModel } from './read-model.ts'

const base = {
  type: 'BPE',
  vocab: { a: 0, b: 1, c: 2, ab: 3, abc: 4, '<unk>': 5, '▁': 6, '▁a': 7, '<0xC3>': 8, '<0xA9>': 9 },
  merges: ['a b', 'ab c', ['▁', 'a']],
}

function ids(json: object, piece: string): number[] {
  const result: number[] = []
  readModel(json, 'model').tokenize(piece, 0, piece.length, { ids: result, spans: undefined })
  return result
}

/** BPE as defined: again and again the leftmost pair of lowest rank. */
function naive(symbols: number[], merges: Map<string, [number, number]>): number[] {
  const result = [...symbols]
  for (;;) {
    let best = -1
    let lowest = Infinity
    for (let i = 0; i + 1 < result.length; i++) {
      const rank = merges.get(`${result[i]},${result[i + 1]}`)?.[0] ?? Infinity
      if (rank < lowest) {
        lowest = rank
        best = i
      }
    }
    if (best < 0) return result
    result.splice(best, 2, merges.get(`${result[best]},${result[best + 1]}`)![1])
  }
}

describe('BPE', () => {
  it('merges by rank', () => {
    expect(ids(base, 'abcab')).toEqual([4, 3])
    expect(ids(base, '')).toEqual([])
  })

  it('writes unknown characters as the unknown token, fused if asked, or drops them', () => {
    expect(ids({ ...base, unk_token: '<unk>' }, 'axyb')).toEqual([0, 5, 5, 1])
    expect(ids({ ...base, unk_token: '<unk>', fuse_unk: true }, 'axyb')).toEqual([0, 5, 1])
    expect(ids(base, 'axyb')).toEqual([3])
  })

  it('falls back to bytes where all of a character are there', () => {
    const json = { ...base, unk_token: '<unk>', byte_fallback: true }
    expect(ids(json, 'aéb')).toEqual([0, 8, 9, 1])
    expect(ids(json, 'aèb')).toEqual([0, 5, 1])
  })

  it('takes whole words before merging when merges are ignored', () => {
    const json = { ...base, vocab: { ...base.vocab, cab: 10 }, ignore_merges: true }
    expect(ids(json, 'cab')).toEqual([10])
    expect(ids({ ...json, ignore_merges: false }, 'cab')).toEqual([2, 3])
  })

  it('knows prefix and suffix', () => {
    const json = {
      type: 'BPE',
      vocab: { a: 0, '##a': 1, '##a</w>': 2, 'a##a': 3, aa: 4, 'aa</w>': 5 },
      merges: [
        ['a', '##a'],
        ['aa', '##a</w>'],
      ],
      continuing_subword_prefix: '##',
      end_of_word_suffix: '</w>',
    }
    expect(() => ids(json, 'aa')).toThrow('lacks "aaa</w>"')
    expect(ids({ ...json, merges: [['a', '##a</w>']] }, 'aa')).toEqual([5])
  })

  it('says where tokens lie', () => {
    const spansOf = (json: object, text: string) => {
      const out = { ids: [] as number[], spans: [] as number[] }
      readModel(json, 'model').tokenize(`<${text}>`, 1, 1 + text.length, out)
      return out.ids.map((id, i) => [id, ...out.spans.slice(2 * i, 2 * i + 2)])
    }
    const json = { ...base, unk_token: '<unk>', byte_fallback: true }
    expect(spansOf(json, 'abcé😀b')).toEqual([
      [4, 0, 3],
      [8, 3, 4],
      [9, 3, 4],
      [5, 4, 6],
      [1, 6, 7],
    ])
    expect(spansOf({ ...json, byte_fallback: false, fuse_unk: true }, 'xéa')).toEqual([
      [5, 0, 2],
      [0, 2, 3],
    ])
    expect(spansOf({ ...base, ignore_merges: true }, 'abc')).toEqual([[4, 0, 3]])
    expect(spansOf(base, 'axb')).toEqual([[3, 0, 2]])
  })

  it('leaves out merges as dropout says, the same ones for the same seed', () => {
    const text = 'abc'.repeat(40)
    const run = (dropout: number, seed?: number) => {
      const model = readModel({ ...base, dropout, ignore_merges: true }, 'model') as BPE
      if (seed !== undefined) model.seedDropout(seed)
      const out = { ids: [] as number[], spans: undefined }
      model.tokenize(text, 0, text.length, out)
      return out.ids
    }
    expect(run(0)).toEqual(Array(40).fill(4))
    expect(run(1)).toEqual(Array(40).fill([0, 1, 2]).flat())
    expect(run(0.5, 1)).toEqual(run(0.5, 1))
    expect(run(0.5, 1)).not.toEqual(run(0.5, 2))
    const length = run(0.5, 3).length
    expect(length).toBeGreaterThan(40)
    expect(length).toBeLessThan(120)
  })

  it('cuts long texts before word marks without changing the result', () => {
    const json = { ...base, unk_token: '<unk>' }
    const text = '▁a▁▁ab▁xa▁'.repeat(10)
    const joins = {
      ...json,
      merges: [...json.merges, ['▁', '▁']],
      vocab: { ...json.vocab, '▁▁': 10 },
    }
    const merges = new Map<string, [number, number]>([
      ['0,1', [0, 3]],
      ['3,2', [1, 4]],
      ['6,0', [2, 7]],
    ])
    const characters = [...text].map((c) => ({ a: 0, b: 1, x: 5, '▁': 6 })[c]!)
    expect(ids(json, text)).toEqual(naive(characters, merges))
    merges.set('6,6', [3, 10])
    expect(ids(joins, text)).toEqual(naive(characters, merges))
    // Dropped characters let their neighbours meet.
    expect(ids({ ...joins, unk_token: null }, '▁x'.repeat(20))).toEqual(Array(10).fill(10))
  })

  it('equals the definition on random merges, short words and long', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return (seed >>> 8) % below
    }
    for (let round = 0; round < 150; round++) {
      const merges = new Map<string, [number, number]>()
      for (let id = 3; id < 40; id++) merges.set(`${random(id)},${random(id)}`, [random(100), id])
      // Ranks differ, as in a list.
      const ranked = [...merges].sort((x, y) => x[1][0] - y[1][0])
      const table = new MergeTable(ranked.length)
      ranked.forEach(([pair, value], rank) => {
        const [left, right] = pair.split(',').map(Number) as [number, number]
        value[0] = rank
        table.set(left, right, rank, value[1])
      })
      const symbols = Array.from({ length: round % 3 === 0 ? 200 : 1 + random(30) }, () =>
        random(3),
      )
      const work = Int32Array.from(symbols)
      const left = mergeSymbols(work, symbols.length, table)
      expect([...work.subarray(0, left)]).toEqual(naive(symbols, merges))
    }
  })

  it('gives the same with bytes for unknown characters, wherever they are', () => {
    const bytes = Array.from(
      { length: 256 },
      (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    )
    const tokens = [
      ...bytes,
      'a',
      'b',
      'c',
      'é',
      '😀',
      '\u2581',
      'ab',
      '\u2581a',
      'aé',
      'abc',
      '😀a',
      'bb',
      '\u2581ab',
      'c😀',
    ]
    const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
    const pairs = ['a b', '\u2581 a', 'a é', 'ab c', '😀 a', 'b b', '\u2581a b', 'c 😀']
    const json = { type: 'BPE', vocab, merges: pairs, byte_fallback: true, unk_token: 'a' }
    const merges = new Map(
      pairs.map((pair, rank) => {
        const [left, right] = pair.split(' ') as [string, string]
        return [`${vocab[left]},${vocab[right]}`, [rank, vocab[left + right]!] as [number, number]]
      }),
    )
    let seed = 9
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return (seed >>> 8) % below
    }
    const model = readModel(json, 'model')
    for (let round = 0; round < 3000; round++) {
      const characters = Array.from(
        { length: 1 + random(14) },
        () => [...'abcé😀\u2581xèz中😁']![random(11)]!,
      )
      const symbols = characters.flatMap((character) =>
        character in vocab ? [vocab[character]!] : [...new TextEncoder().encode(character)],
      )
      const out = { ids: [] as number[], spans: undefined }
      const text = characters.join('')
      model.tokenize(text, 0, text.length, out)
      expect({ text, ids: out.ids }).toEqual({ text, ids: naive(symbols, merges) })
    }
  })

  it.each([false, true])(
    'cuts eastern words without changing the result, ignore_merges %s',
    (ignoreMerges) => {
      let seed = 21
      const random = (below: number) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
        return (seed >>> 8) % below
      }
      const alphabet = [...'中丮世東の한, a\u3000😀一']
      const word = () =>
        Array.from({ length: 1 + random(12) }, () => alphabet[random(alphabet.length)]!).join('')
      for (let round = 0; round < 25; round++) {
        // Merges of what stands side by side in texts, parts of characters included.
        const tokens = [...characterOfByte].map((code) => String.fromCharCode(code))
        const ids = new Map(tokens.map((token, id) => [token, id]))
        const merges = new Map<string, [number, number]>()
        const pairs: [string, string][] = []
        while (pairs.length < 60) {
          const symbols = naive([...new TextEncoder().encode(word())], merges)
          const at = random(Math.max(1, symbols.length - 1))
          if (at + 1 >= symbols.length) continue
          const [left, right] = [tokens[symbols[at]!]!, tokens[symbols[at + 1]!]!]
          if (ids.has(left + right)) continue
          merges.set(`${symbols[at]},${symbols[at + 1]}`, [pairs.length, tokens.length])
          ids.set(left + right, tokens.length)
          tokens.push(left + right)
          pairs.push([left, right])
        }
        const model = readModel(
          {
            type: 'BPE',
            vocab: Object.fromEntries(ids),
            merges: pairs,
            ignore_merges: ignoreMerges,
          },
          'model',
        )
        for (let i = 0; i < 80; i++) {
          const text = word()
          const found = { ids: [] as number[], spans: [] as number[] }
          model.tokenizeBytes(text, 0, text.length, found)
          const whole = ignoreMerges ? ids.get(toByteCharacters(text)) : undefined
          const wanted =
            whole === undefined ? naive([...new TextEncoder().encode(text)], merges) : [whole]
          expect({ text, ids: found.ids }).toEqual({ text, ids: wanted })
          expect(found.spans.length).toBe(2 * wanted.length)
          expect([found.spans[0], found.spans.at(-1)]).toEqual([0, text.length])
        }
      }
    },
  )

  it('takes a second at most for a megabyte of one character', () => {
    const vocab: Record<string, number> = {}
    const merges: string[][] = []
    for (let size = 1; size <= 64; size *= 2) vocab['a'.repeat(size)] = Object.keys(vocab).length
    for (let size = 1; size < 64; size *= 2) merges.push(['a'.repeat(size), 'a'.repeat(size)])
    const model = readModel({ type: 'BPE', vocab, merges }, 'model')
    const seconds = (size: number) => {
      const result: number[] = []
      const before = process.cpuUsage()
      model.tokenize('a'.repeat(size), 0, size, { ids: result, spans: undefined })
      const { user } = process.cpuUsage(before)
      expect(result.length).toBe(size / 64)
      return user / 1e6
    }
    seconds(1 << 18)
    // Twice the quiet time: test machines are shared.
    expect(seconds(1 << 20)).toBeLessThan(2)
  })

  const big = 2 ** 32 - 1
  it.each([
    [{ ...base, type: 'Markov' }, 'ERR_TOKENIZER_UNSUPPORTED', 'the model "Markov"'],
    [{ ...base, dropout: 1.5 }, 'ERR_TOKENIZER_FORMAT', 'a number from 0 to 1; got 1.5'],
    [{ ...base, vocab: { a: -1 } }, 'ERR_TOKENIZER_ID_RANGE', 'got -1'],
    [{ ...base, vocab: { a: 1.5 } }, 'ERR_TOKENIZER_ID_RANGE', 'got 1.5'],
    [{ ...base, vocab: { a: big } }, 'ERR_TOKENIZER_ID_RANGE', `got ${big}`],
    [{ ...base, vocab: { a: '0' } }, 'ERR_TOKENIZER_ID_RANGE', 'got "0"'],
    [{ ...base, vocab: { a: 0, b: 0 } }, 'ERR_TOKENIZER_ID_RANGE', 'got 0 for "a" and "b"'],
    [{ ...base, vocab: { '\ud800': 0 } }, 'ERR_TOKENIZER_FORMAT', 'without lone surrogates'],
    [{ ...base, vocab: [] }, 'ERR_TOKENIZER_FORMAT', 'model.vocab: must be an object'],
    [{ ...base, merges: ['a z'] }, 'ERR_TOKENIZER_MERGES', 'which lacks "z"'],
    [{ ...base, merges: ['b a'] }, 'ERR_TOKENIZER_MERGES', 'which lacks "ba"'],
    [{ ...base, merges: ['a b c'] }, 'ERR_TOKENIZER_MERGES', 'one string with a space'],
    [{ ...base, merges: ['ab'] }, 'ERR_TOKENIZER_MERGES', 'one string with a space'],
    [{ ...base, merges: [['a', '']] }, 'ERR_TOKENIZER_MERGES', 'not empty'],
    [{ ...base, merges: [['a']] }, 'ERR_TOKENIZER_MERGES', 'model.merges[0]'],
    [{ ...base, merges: { 0: 'a b' } }, 'ERR_TOKENIZER_FORMAT', 'model.merges: must be an array'],
    [{ vocab: {} }, 'ERR_TOKENIZER_UNSUPPORTED', 'without type and the fields of one'],
    [undefined, 'ERR_TOKENIZER_FORMAT', 'model: must be present'],
  ])('refuses a malformed model %#', (json, code, message) => {
    expect(() => readModel(json, 'model')).toThrow(message)
    expect(() => readModel(json, 'model')).toThrow(expect.objectContaining({ code }))
  })

  it('takes names of object methods as plain tokens', () => {
    const vocab = JSON.parse('{"__proto__":0,"constructor":1,"toString":2,"a":3}')
    const model = readModel({ type: 'BPE', vocab, merges: [] }, 'model')
    expect(model.size).toBe(4)
    expect(model.idOf('__proto__')).toBe(0)
    expect(model.idOf('constructor')).toBe(1)
    expect(model.idOf('hasOwnProperty')).toBeUndefined()
    expect(model.tokenOf(2)).toBe('toString')
  })
})
