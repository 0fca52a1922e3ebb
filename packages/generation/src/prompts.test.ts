import { expect, test } from 'vitest'
import { type GenerateInputs, preparePrompt } from './prompts.ts'

const rules = { vocabSize: 100, padTokenId: 0, eosTokenIds: [2] }
const prepare = (inputs: unknown, more = {}) =>
  preparePrompt(inputs as GenerateInputs, { ...rules, ...more })

test('one row of numbers or of an Int32Array is a batch of one', () => {
  for (const inputs of [[5, 6], Int32Array.of(5, 6), [[5, 6]], { inputIds: [5, 6] }]) {
    const prompt = prepare(inputs)
    expect(prompt).toMatchObject({ rows: 1, length: 2 })
    expect([...prompt.ids]).toEqual([5, 6])
    expect([...prompt.starts]).toEqual([0])
  }
})

test('pads uneven rows on the left', () => {
  const prompt = prepare([[5, 6, 7], [8], Int32Array.of(9, 10)])
  expect(prompt).toMatchObject({ rows: 3, length: 3 })
  expect([...prompt.ids]).toEqual([5, 6, 7, 0, 0, 8, 0, 9, 10])
  expect([...prompt.starts]).toEqual([0, 2, 1])
})

test('takes a left-padded attention mask and keeps the ids under it', () => {
  const prompt = prepare({
    inputIds: [
      [4, 5, 6],
      [7, 8, 9],
    ],
    attentionMask: [
      [0, 0, 1],
      [1, 1, 1],
    ],
  })
  expect([...prompt.ids]).toEqual([4, 5, 6, 7, 8, 9])
  expect([...prompt.starts]).toEqual([2, 0])
})

test('leading pad tokens without a mask are padding, unless they may end a row', () => {
  expect([
    ...prepare([
      [0, 0, 5],
      [4, 5, 6],
    ]).starts,
  ]).toEqual([2, 0])
  expect([...prepare([[2, 2, 5]], { padTokenId: 2 }).starts]).toEqual([0])
  expect([...prepare([5, 0, 6]).starts]).toEqual([0])
  expect([...prepare({ inputIds: [0, 0, 5], attentionMask: [1, 1, 1] }).starts]).toEqual([0])
})

test.each<[string, unknown, RegExp, object?]>([
  ['an empty prompt', [], /at least one token; got an empty one.*begin token/],
  ['an empty row', [[1], []], /at least one token; got row 1 empty/],
  ['no rows', { inputIds: [], attentionMask: [] }, /at least one token/],
  ['a row of padding', { inputIds: [[1, 1]], attentionMask: [[0, 0]] }, /at least one token/],
  ['a hole', { inputIds: [[1, 3, 4]], attentionMask: [[1, 0, 1]] }, /only on the left.*column 1/],
  ['right padding', { inputIds: [[1, 3]], attentionMask: [[1, 0]] }, /only on the left/],
  ['a mask of twos', { inputIds: [[1, 3]], attentionMask: [[2, 1]] }, /must hold 0 and 1; got 2/],
  ['a short mask', { inputIds: [[1, 3]], attentionMask: [[1]] }, /one length/],
  ['a mask without rows', { inputIds: [[1], [3]], attentionMask: [[1]] }, /one row for each row/],
  [
    'uneven rows with a mask',
    { inputIds: [[1], [3, 4]], attentionMask: [[1], [1, 1]] },
    /one length/,
  ],
  [
    'pad tokens on the right',
    [[5, 0]],
    /padding must be on the left; got row 0 with padTokenId \(0\)/,
  ],
  ['uneven rows without padTokenId', [[5], [6, 7]], /Pass padTokenId/, { padTokenId: undefined }],
  ['an id beyond the vocabulary', [5, 100], /from 0 to 99 .*got 100 at row 0, column 1/],
  ['a negative id', [[5], [-1]], /got -1 at row 1, column 0/],
  ['a fraction', [1.5], /must be integers/],
  ['NaN', [Number.NaN], /must be integers.*got NaN/],
  ['text', 'hello', /Encode text with the tokenizer/],
  ['a mixture', [1, [2]], /got a mixture/],
  ['null', null, /must be token ids/],
  ['options among the inputs', { inputIds: [1], maxNewTokens: 3 }, /third argument/],
])('refuses %s', (_, inputs, message, more) => {
  expect(() => prepare(inputs, more)).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringMatching(message) }),
  )
})
