import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { codeOf } from '../op-suite.ts'
import { finish } from './finish.ts'

test.each(['bool', 'u8'] as const)(
  'pads finished rows and marks those that end (%s)',
  async (dtype) => {
    const [ids, finished] = [tensor([5, 2, 7, 3]), tensor([0, 0, 1, 0], { dtype })]
    finish(ids, finished, { eosTokenIds: [2, 3], padTokenId: 0 })
    expect([await ids.tolist(), await finished.tolist()]).toEqual([
      [5, 2, 0, 3],
      [0, 1, 1, 1],
    ])
    finish(ids, finished, { eosTokenIds: [], padTokenId: -1 })
    expect(await ids.tolist()).toEqual([5, -1, -1, -1])
    ids.dispose()
    finished.dispose()
  },
)

test('refuses tensors and ids that do not fit', async () => {
  const [ids, marks, more] = [tensor([1]), tensor([false]), tensor([false, true])]
  const attempt = (f: typeof marks, padTokenId = 0) =>
    codeOf(() => (finish(ids, f, { eosTokenIds: [1], padTokenId }), ids))
  expect(await attempt(marks, 0.5)).toBe('ERR_OPTION')
  expect(await codeOf(() => (finish(marks, ids, { eosTokenIds: [], padTokenId: 0 }), ids))).toBe(
    'ERR_DTYPE',
  )
  const other = tensor([1])
  expect(await codeOf(() => (finish(other, more, { eosTokenIds: [], padTokenId: 0 }), other))).toBe(
    'ERR_SHAPE',
  )
  for (const t of [marks, more]) t.dispose()
})
