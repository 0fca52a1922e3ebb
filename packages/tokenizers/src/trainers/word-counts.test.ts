import { describe, expect, it } from 'vitest'
import { readNormalizer } from '../normalizers/read-normalizer.ts'
import { readPreTokenizers } from '../pre-tokenizers/read-pre-tokenizer.ts'
import { Pace } from './pace.ts'
import { countWords, type TrainingTexts } from './word-counts.ts'

async function counted(texts: TrainingTexts, preTokenizer: unknown, normalizer?: unknown) {
  const { words, counts } = await countWords(
    texts,
    readNormalizer(normalizer, 'test'),
    readPreTokenizers(preTokenizer, 'test'),
    new Pace({}),
  )
  return words.map((word, i): [string, number] => [word, counts[i]!])
}

const metaspace = { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'first' }

describe('countWords', () => {
  it('counts words in the order in which they come up', async () => {
    expect(await counted(['b a b', 'a b', ''], { type: 'WhitespaceSplit' })).toEqual([
      ['b', 3],
      ['a', 2],
    ])
    expect(await counted(['b a', 'b a', ''], null)).toEqual([['b a', 2]])
  })

  it('normalizes first, and each text begins anew', async () => {
    const prepend = { type: 'Lowercase' }
    expect(await counted(['A b', 'B'], metaspace, prepend)).toEqual([
      ['\u2581a', 1],
      ['\u2581b', 2],
    ])
    const sequence = { type: 'Sequence', pretokenizers: [{ type: 'Digits' }, metaspace] }
    expect(await counted(['a1'], sequence, prepend)).toEqual([
      ['\u2581a', 1],
      ['1', 1],
    ])
  })

  it('writes bytes as characters', async () => {
    const byteLevel = { type: 'ByteLevel', add_prefix_space: true }
    expect(await counted(['\u00e9 \u00e9'], byteLevel)).toEqual([['\u0120\u00c3\u00a9', 2]])
  })

  it('keeps long words whole and reads lone surrogates as U+FFFD', async () => {
    const long = '\u{1f600}x'.repeat(5000)
    expect(await counted([`${long} ${long} \ud800`], { type: 'WhitespaceSplit' })).toEqual([
      [long, 2],
      ['\ufffd', 1],
    ])
  })
})
