import { describe, expect, it } from 'vitest'
import { MergeTable } from '../models/merge-table.ts'
import { Vocabulary } from '../models/vocabulary.ts'
import { parseJson } from '../json.ts'
import { Pipeline } from '../pipeline.ts'
import { readTokenizerJson } from './read-tokenizer-json.ts'

const encoder = new TextEncoder()

const vocab = {
  ...{
    a: 0,
    b: 1,
    ab: 2,
    é: 3,
    aé: 4,
    '😀': 5,
    '"': 6,
    '\\': 7,
    '"\\': 8,
    '\n': 9,
    'a\n': 10,
    '\u007f': 11,
  },
  ...{ 'é😀': 14, __proto__x: 15, ' ': 16, '': 17, 'a b': 18 },
}
const merges = ['a b', 'a é', '" \\', ['a', '\n'], ['é', '😀']]
const base = {
  version: '1.0',
  added_tokens: [],
  normalizer: { type: 'Replace', pattern: { String: '{"model":[}' }, content: ',' },
  model: { type: 'BPE', continuing_subword_prefix: '', vocab, merges, unk_token: null },
  decoder: null,
}

const bytesOf = (json: unknown, space?: number) =>
  encoder.encode(JSON.stringify(json, undefined, space))

/** What becomes of a file: the pipeline as JSON, or the error. */
function outcome(read: (bytes: Uint8Array, where: string) => unknown, bytes: Uint8Array): string {
  try {
    return JSON.stringify(new Pipeline(read(bytes, 'file')).toJSON())
  } catch (error) {
    return String(error)
  }
}

const expectSame = (bytes: Uint8Array) =>
  expect(outcome(readTokenizerJson, bytes)).toBe(outcome(parseJson, bytes))

describe('readTokenizerJson', () => {
  it('reads usual files without strings, whatever the order and the white space', () => {
    const escaped = JSON.stringify(base).replace(/[^\0-\x7f]/g, (unit) => {
      return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`
    })
    const { merges: first, ...rest } = base.model
    const { model, ...others } = base
    const files = [
      bytesOf(base),
      bytesOf(base, 3),
      encoder.encode(escaped),
      encoder.encode(
        JSON.stringify(base)
          .replaceAll('"a', '"\\u0061')
          .replace(/(?<!\\)":/g, '"\t:\r\n'),
      ),
      bytesOf({ ...base, model: { merges: first, ...rest } }),
      bytesOf({ model, ...others }),
    ]
    for (const bytes of files) {
      const read = readTokenizerJson(bytes, 'file') as { model: Record<string, unknown> }
      expect(read.model.vocab).toBeInstanceOf(Vocabulary)
      expect(read.model.merges).toBeInstanceOf(MergeTable)
      expectSame(bytes)
    }
    expect(outcome(readTokenizerJson, files[0]!)).toContain('"merges":[["a","b"]')
  })

  it('leaves models without merges their other fields', () => {
    const model = { type: 'WordPiece', vocab, unk_token: 'a', continuing_subword_prefix: '##' }
    const json = { ...base, model: { ...model, max_input_chars_per_word: 100 } }
    expect((readTokenizerJson(bytesOf(json), 'file') as typeof base).model.vocab).toBeInstanceOf(
      Vocabulary,
    )
    expectSame(bytesOf(json))
  })

  const other = (change: object) => bytesOf({ ...base, model: { ...base.model, ...change } })
  const text = JSON.stringify(base)
  it.each([
    ['a prefix', other({ continuing_subword_prefix: 'é' })],
    ['an unknown part', other({ merges: ['a x'] })],
    ['an unknown result', other({ merges: ['b a'] })],
    ['three parts', other({ merges: ['a b é'] })],
    ['no parts', other({ merges: ['', ' ', 'a ', ' a'] })],
    ['an empty part', other({ merges: [['a', '']] })],
    ['a version line', other({ merges: ['#version: 0.2', 'a b'] })],
    ['a pair of three', other({ merges: [['a', 'b', 'ab']] })],
    ['an id given twice', other({ vocab: { a: 0, b: 0 } })],
    ['an id that is none', other({ vocab: { a: -1 } })],
    ['a large id', other({ vocab: { a: 2 ** 24 } })],
    ['a broken id', other({ vocab: { a: 1.5 } })],
    ['an id that is text', other({ vocab: { a: '1' } })],
    ['a list of tokens', other({ vocab: [['a', 0]] })],
    ['no vocabulary', other({ vocab: undefined })],
    ['a half character', other({ vocab: { '\ud800': 0 } })],
    ['a token twice', encoder.encode(text.replace('"b":1', '"a":1'))],
    ['two vocabularies', encoder.encode(text.replace('"vocab"', '"vocab":{"z":0},"vocab"'))],
    ['two lists of merges', encoder.encode(text.replace('"merges"', '"merges":[],"merges"'))],
    ['two models', encoder.encode(text.replace('"model":', '"model":{},"model":'))],
    ['a null model', encoder.encode(text.replace('"model":', '"model":null,"model":'))],
    ['text behind it', encoder.encode(`${text} x`)],
    ['nothing', encoder.encode('')],
    ['a list', encoder.encode('[]')],
    [
      'deep nesting',
      encoder.encode(text.replace('"version":"1.0"', `"x":${'['.repeat(200)}${']'.repeat(200)}`)),
    ],
  ])('says of %s what the plain way says', (_, bytes) => expectSame(bytes))

  it('says of damaged files what the plain way says', () => {
    let seed = 5
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    const bytes = bytesOf(base, 1)
    const interesting = [...encoder.encode('{}[]",:\\ \n01-.eutn/')].concat(
      0,
      31,
      127,
      128,
      191,
      195,
      237,
      240,
      255,
    )
    for (let round = 0; round < 4000; round++) {
      const damaged = [...bytes]
      for (let i = 0; i <= random(3); i++) {
        const at = random(damaged.length)
        const by = interesting[random(interesting.length)]!
        const kind = random(4)
        if (kind === 0) damaged[at] = by
        else if (kind === 1) damaged.splice(at, 1)
        else if (kind === 2) damaged.splice(at, 0, by)
        else damaged.length = at
      }
      const file = Uint8Array.from(damaged)
      const found = outcome(readTokenizerJson, file)
      const wanted = outcome(parseJson, file)
      if (found !== wanted)
        expect({ file: new TextDecoder().decode(file), found }).toEqual({ wanted })
    }
  })
})
