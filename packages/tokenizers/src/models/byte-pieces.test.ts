import { expect, it } from 'vitest'
import { tokenizeByteCharacters } from './byte-pieces.ts'
import { readModel } from './read-model.ts'

it('leads spans of bytes back to whole characters of one to four bytes', () => {
  const vocab = Array.from({ length: 324 }, (_, code) => [String.fromCharCode(code), -1])
  const model = readModel({ type: 'Unigram', vocab: [['<unk>', 0], ...vocab], unk_id: 0 }, 'model')
  const text = '--a\u00e9\u20ac\u{1f600}b--'
  const out = { ids: [5], spans: [7, 7] }
  tokenizeByteCharacters(model, text, 2, text.length - 2, out)
  expect(out.ids.length).toBe(1 + 1 + 2 + 3 + 4 + 1)
  const one = [0, 1]
  const two = [1, 2, 1, 2]
  const three = [2, 3, 2, 3, 2, 3]
  const four = [3, 5, 3, 5, 3, 5, 3, 5]
  expect(out.spans).toEqual([7, 7, ...one, ...two, ...three, ...four, 5, 6])
})
