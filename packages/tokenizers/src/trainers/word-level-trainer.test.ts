import { expect, it } from 'vitest'
import { readTrainerOptions, type TrainerOptions } from './trainer-options.ts'
import { trainWordLevel } from './word-level-trainer.ts'

const counted = { words: ['the', 'roses', 'are', 'red', 'blue'], counts: [25, 22, 24, 12, 12] }
const train = (options: TrainerOptions) =>
  trainWordLevel(counted, readTrainerOptions('WordLevel', options))

it('takes special tokens, then words by frequency, equals in order', () => {
  expect(train({})).toEqual(['the', 'are', 'roses', 'blue', 'red'])
  expect(train({ vocabSize: 3, specialTokens: ['<unk>'] })).toEqual(['<unk>', 'the', 'are'])
  expect(train({ minFrequency: 22 })).toEqual(['the', 'are', 'roses'])
  // A word that is a special token already has its place.
  expect(train({ vocabSize: 3, specialTokens: ['red'] })).toEqual(['red', 'the', 'are'])
  expect(train({ vocabSize: 1, specialTokens: ['a', 'b'] })).toEqual(['a'])
})
