import { describe, expect, it } from 'vitest'
import { readTokenizerJson } from './compiled/read-tokenizer-json.ts'
import { createTokenizer } from './create-tokenizer.ts'
import { isTokenizerError } from './errors.ts'
import { files } from './every-component-for-test.ts'
import { encodeBase64 } from './base64.ts'
import { readTokenizerFiles } from './files/read-tokenizer-files.ts'
import { modelBytes } from './files/sentencepiece/model-bytes.ts'
import { broken, brokenBytes, random } from './hostile-for-test.ts'
import { parseJson } from './json.ts'
import type { Tokenizer } from './tokenizer.ts'

// More rounds by hand: HEDDLE_FUZZ_ROUNDS=20 multiplies them.
const times = Number(process.env['HEDDLE_FUZZ_ROUNDS'] ?? 1)
const texts = ['', 'abc de!', '  a\u00e9 x new <s>\u2581a ', 'A\u0301\u{1f600}1234', '\ud800a']

/** Everything that a file has a say in. */
function use(tokenizer: Tokenizer): void {
  for (const text of texts) {
    const ids = tokenizer.encode(text)
    tokenizer.decode(ids)
    tokenizer.decode([0, 1, 5, 40, 2 ** 31], { skipSpecialTokens: true })
    tokenizer.encoding(text, { textPair: 'ab c' })
  }
  tokenizer.call(['abc', 'abc de'], {
    padding: tokenizer.padTokenId !== undefined,
    truncation: true,
    maxLength: 6,
  })
}

interface Outcome {
  accepted: number
  refused: number
  readonly wrong: string[]
}

/** Runs `rounds` cases; anything thrown but a TokenizerError is kept with the number of its round. */
function fuzz(rounds: number, one: (next: () => number, round: number) => void): Outcome {
  const outcome: Outcome = { accepted: 0, refused: 0, wrong: [] }
  for (let round = 0; round < rounds * times; round++) {
    try {
      one(random(round), round)
      outcome.accepted++
    } catch (error) {
      if (isTokenizerError(error)) outcome.refused++
      else outcome.wrong.push(`${round}: ${String((error as Error).stack ?? error).slice(0, 400)}`)
    }
  }
  return outcome
}

/** SentencePiece's compiled rules with one rule, from one ASCII character to another. */
function charsmapOfOne(from: string, to: string): Uint8Array {
  const byte = from.charCodeAt(0)
  const units = new Uint32Array(512)
  // The root leads to place 256 ^ byte, and that to place 511 with the value 0.
  units[0] = 256 << 10
  units[256 ^ byte] = ((256 ^ byte ^ 511) << 10) | 0x100 | byte
  units[511] = 0x80000000
  const bytes = new Uint8Array(4 + units.byteLength + 2)
  new DataView(bytes.buffer).setUint32(0, units.byteLength, true)
  bytes.set(new Uint8Array(units.buffer), 4)
  bytes[bytes.length - 2] = to.charCodeAt(0)
  return bytes
}

describe('malformed files', () => {
  it.each(files.map((file, i) => [i, file] as const))('file %i itself is fine', (_, file) => {
    expect(() => use(createTokenizer(file))).not.toThrow()
  })

  it('throw TokenizerError alone, at load or later: 5000 tokenizer.json', () => {
    const { accepted, refused, wrong } = fuzz(5000, (next, round) =>
      use(createTokenizer(broken(files[round % files.length]!, next))),
    )
    expect(wrong).toEqual([])
    // Both happen, or the cases would show nothing.
    expect(accepted).toBeGreaterThan(500)
    expect(refused).toBeGreaterThan(1000)
  }, 120_000)

  it('throw TokenizerError alone: 1000 texts of tokenizer.json with wrong bytes', () => {
    const sources = files.map((file) => new TextEncoder().encode(JSON.stringify(file)))
    const { refused, wrong } = fuzz(1000, (next, round) => {
      const bytes = brokenBytes(sources[round % sources.length]!, next)
      use(createTokenizer(parseJson(bytes, 'tokenizer.json')))
    })
    expect(wrong).toEqual([])
    expect(refused).toBeGreaterThan(300)
  }, 60_000)

  // What a file comes to: the tokenizer written out, or the error.
  const outcomeOf = (load: () => unknown): string => {
    try {
      return JSON.stringify(createTokenizer(load()).pipeline.toJSON())
    } catch (error) {
      if (!isTokenizerError(error)) throw error
      return `${error.code} ${error.message}`
    }
  }

  it('come to the same whether the big members are scanned or parsed: 3000 texts', () => {
    const sources = files.map((file) => new TextEncoder().encode(JSON.stringify(file)))
    let accepted = 0
    const { wrong } = fuzz(3000, (next, round) => {
      const at = round % files.length
      const bytes =
        round % 2 === 0
          ? brokenBytes(sources[at]!, next)
          : new TextEncoder().encode(JSON.stringify(broken(files[at]!, next)))
      const scanned = outcomeOf(() => readTokenizerJson(bytes, 'tokenizer.json'))
      expect(scanned).toBe(outcomeOf(() => parseJson(bytes, 'tokenizer.json')))
      if (scanned.startsWith('{')) accepted++
    })
    expect(wrong).toEqual([])
    expect(accepted).toBeGreaterThan(150)
  }, 120_000)

  const pieces = [
    ['\u2581', -9, 1],
    ['a', -9, 1],
    ['ab', -1, 1],
    ['abc', -2, 5],
    ['bc', -1, 4],
  ] as const
  const charsmap = charsmapOfOne('x', 'a')
  const ranks = [...Array(256).keys()].map((byte) => Uint8Array.of(byte))
  const lines = [...ranks, Uint8Array.of(97, 98), Uint8Array.of(97, 98, 99)]
  const tekken = {
    config: {
      pattern: '\\p{L}+|.',
      num_vocab_tokens: 258,
      default_vocab_size: 260,
      default_num_special_tokens: 2,
      version: 'v3',
    },
    vocab: lines.map((token, rank) => ({
      rank,
      token_bytes: encodeBase64(token),
      token_str: null,
    })),
  }
  const utf8 = (text: string) => new TextEncoder().encode(text)
  const sources: readonly (readonly [string, Readonly<Record<string, Uint8Array>>])[] = [
    ['bpe.model', { 'tokenizer.model': modelBytes({ pieces, byteFallback: true }) }],
    ['unigram.model', { 'spiece.model': modelBytes({ algorithm: 'unigram', pieces, charsmap }) }],
    ['char.model', { 'tokenizer.model': modelBytes({ algorithm: 'char', pieces }) }],
    ['word.model', { 'tokenizer.model': modelBytes({ algorithm: 'word', pieces }) }],
    [
      'cl100k.tiktoken',
      { 'cl100k.tiktoken': utf8(lines.map((line, i) => `${encodeBase64(line)} ${i}\n`).join('')) },
    ],
    ['tekken.json', { 'tekken.json': utf8(JSON.stringify(tekken)) }],
    ['vocab.txt', { 'vocab.txt': utf8('[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\n') }],
    [
      'merges.txt',
      { 'vocab.json': utf8('{"a":0,"b":1,"ab":2,"<|endoftext|>":3}'), 'merges.txt': utf8('a b\n') },
    ],
  ]

  it.each(sources)(
    'throw TokenizerError alone: 400 of %s',
    (_, source) => {
      const load = (map: ReadonlyMap<string, Uint8Array>) => {
        const { tokenizer, config } = readTokenizerFiles(map)
        use(createTokenizer(tokenizer, { config, fromVocabularyFiles: true }))
      }
      expect(() => load(new Map(Object.entries(source)))).not.toThrow()
      const { refused, wrong } = fuzz(400, (next) =>
        load(
          new Map(Object.entries(source).map(([name, bytes]) => [name, brokenBytes(bytes, next)])),
        ),
      )
      expect(wrong).toEqual([])
      expect(refused).toBeGreaterThan(40)
    },
    60_000,
  )
})
