import { describe, expect, it } from 'vitest'
import { readTrainerOptions, type TrainableKind } from './trainer-options.ts'

describe('readTrainerOptions', () => {
  it('has the defaults of the reference', () => {
    expect(readTrainerOptions('BPE', {})).toMatchObject({ vocabSize: 30_000, minFrequency: 0 })
    expect(readTrainerOptions('Unigram', { vocabSize: undefined })).toMatchObject({
      vocabSize: 8000,
      shrinkingFactor: 0.75,
      maxPieceLength: 16,
      nSubIterations: 2,
      seedSize: 1_000_000,
    })
  })

  it('takes tokens with flags, each once', () => {
    const specialTokens = ['a', { content: 'b', lstrip: true, special: false }, 'a']
    const read = readTrainerOptions('WordLevel', { specialTokens }).specialTokens
    expect(read.map(({ content, lstrip, special }) => [content, lstrip, special])).toEqual([
      ['a', false, true],
      ['b', true, true],
    ])
  })

  it.each([
    ['BPE', { vocabSize: 1.5 }, 'vocabSize must be a whole number'],
    ['BPE', { vocabSize: 2 ** 32 }, 'vocabSize must be a whole number from 0 to 16777216'],
    ['BPE', { vocabSize: '100' }, 'vocabSize must be a whole number'],
    ['BPE', { minFrequency: -1 }, 'minFrequency must be'],
    ['BPE', { limitAlphabet: NaN }, 'limitAlphabet must be'],
    ['BPE', { maxTokenLength: 0 }, 'maxTokenLength must be a whole number from 1'],
    ['BPE', { specialTokens: 'abc' }, 'specialTokens must be an array; got "abc"'],
    ['BPE', { specialTokens: [''] }, 'specialTokens[0] must be a token that is not empty'],
    ['BPE', { specialTokens: ['\ud800'] }, 'specialTokens[0] must be'],
    ['BPE', { specialTokens: [null] }, 'specialTokens[0] must be'],
    ['BPE', { initialAlphabet: 'abc' }, 'initialAlphabet must be an array of strings'],
    ['BPE', { continuingSubwordPrefix: 1 }, 'continuingSubwordPrefix must be a string'],
    ['BPE', { onProgress: true }, 'onProgress must be a function'],
    ['BPE', { signal: {} }, 'signal must be an AbortSignal'],
    ['BPE', { shrinkingFactor: 0.5 }, 'shrinkingFactor must be an option of a BPE trainer'],
    [
      'BPE',
      { vocab_size: 5 },
      'vocab_size must be an option of a BPE trainer, which takes vocabSize',
    ],
    ['WordPiece', { maxTokenLength: 5 }, 'maxTokenLength must be an option of a WordPiece trainer'],
    ['WordLevel', { limitAlphabet: 5 }, 'limitAlphabet must be an option of a WordLevel trainer'],
    ['Unigram', { minFrequency: 5 }, 'minFrequency must be an option of a Unigram trainer'],
    ['Unigram', { shrinkingFactor: 1 }, 'shrinkingFactor must be a number between 0 and 1; got 1'],
    ['Unigram', { nSubIterations: 0 }, 'nSubIterations must be'],
    ['Unigram', { unkToken: false }, 'unkToken must be a string'],
  ])('refuses %s %j', (kind, options, message) => {
    const read = () => readTrainerOptions(kind as TrainableKind, options as object)
    expect(read).toThrow(message)
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_TOKENIZER_OPTION' }))
  })
})
