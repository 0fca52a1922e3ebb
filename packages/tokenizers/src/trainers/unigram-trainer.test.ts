import { describe, expect, it } from 'vitest'
import { Pace } from './pace.ts'
import { readTrainerOptions, type TrainerOptions } from './trainer-options.ts'
import { digamma, trainUnigram } from './unigram-trainer.ts'

const train = (counts: Record<string, number>, options: TrainerOptions = {}) =>
  trainUnigram(
    { words: Object.keys(counts), counts: Object.values(counts) },
    readTrainerOptions('Unigram', options),
    new Pace({}),
  )

const words: Record<string, number> = {}
for (const stem of ['walk', 'talk', 'jump', 'play', 'sing', 'help', 'want'])
  for (const end of ['', 's', 'ed', 'ing', 'er']) words[`\u2581${stem}${end}`] = 3 + end.length

describe('digamma', () => {
  it('has its known values', () => {
    // The negative of Euler's constant, and the recurrence from there.
    expect(digamma(1)).toBeCloseTo(-0.5772156649015329, 9)
    expect(digamma(0.5)).toBeCloseTo(-1.9635100260214235, 9)
    expect(digamma(10) - digamma(9)).toBeCloseTo(1 / 9, 9)
    expect(digamma(1e6)).toBeCloseTo(Math.log(1e6) - 0.5e-6, 9)
  })
})

describe('Unigram training', () => {
  it('learns stems and endings', async () => {
    const { vocab, unkId } = await train(words, {
      vocabSize: 34,
      specialTokens: ['<pad>', '<unk>'],
      unkToken: '<unk>',
    })
    expect(vocab.length).toBe(34)
    expect(vocab.slice(0, 2)).toEqual([
      ['<pad>', 0],
      ['<unk>', 0],
    ])
    expect(unkId).toBe(1)
    const pieces = vocab.map(([piece]) => piece)
    for (const piece of ['\u2581walk', '\u2581jump', 'ing']) expect(pieces).toContain(piece)
    // All characters stay, and scores descend.
    for (const character of new Set(Object.keys(words).join('')))
      expect(pieces).toContain(character)
    const scores = vocab.slice(2).map(([, score]) => score)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    expect(scores.every(Number.isFinite)).toBe(true)
  })

  it('puts an unknown token that is not special in front, or has none', async () => {
    const added = await train(words, { vocabSize: 34, specialTokens: ['<s>'], unkToken: '<unk>' })
    expect(added.vocab.slice(0, 2).map(([token]) => token)).toEqual(['<unk>', '<s>'])
    expect([added.unkId, added.vocab.length]).toEqual([0, 34])
    expect((await train(words, { vocabSize: 34 })).unkId).toBeUndefined()
  })

  it('keeps no piece beyond the longest length', async () => {
    const { vocab } = await train(words, { vocabSize: 45, maxPieceLength: 3 })
    expect(Math.max(...vocab.map(([piece]) => [...piece].length))).toBe(3)
  })

  it('keeps characters that no text has, and lone characters of every kind', async () => {
    const { vocab } = await train({ '\u{1f600}\u{1f600}a\0b': 2 }, { initialAlphabet: ['\u00e9'] })
    const pieces = vocab.map(([piece]) => piece)
    expect(pieces).toEqual(expect.arrayContaining(['\u{1f600}', 'a', 'b', '\0', '\u00e9']))
  })

  it('gives the same pieces for the same words', async () => {
    const options = { vocabSize: 34, shrinkingFactor: 0.5, nSubIterations: 1 }
    expect(await train(words, options)).toEqual(await train(words, options))
  })

  it('needs room for all characters', async () => {
    await expect(train(words, { vocabSize: 10 })).rejects.toThrow(
      /vocabSize must leave room for 0 special tokens and \d+ characters; got 10/,
    )
    await expect(train({}, { vocabSize: 1, specialTokens: ['a', 'b'] })).rejects.toThrow('room')
  })

  it('ends without texts', async () => {
    expect(await train({}, { specialTokens: ['<s>'] })).toEqual({
      vocab: [['<s>', 0]],
      unkId: undefined,
    })
  })
})
