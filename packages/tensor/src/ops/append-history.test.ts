import { expect, test } from 'vitest'
import { tensor, zeros } from '../create.ts'
import { codeOf } from '../op-suite.ts'
import { appendHistory } from './append-history.ts'

test('grows to its capacity and no further', async () => {
  const [history, count] = [zeros([2, 2], { dtype: 'i32' }), zeros([1], { dtype: 'i32' })]
  for (const step of [
    [1, 2],
    [3, 4],
  ]) {
    const ids = tensor(step)
    appendHistory(history, count, ids)
    ids.dispose()
  }
  expect([await history.tolist(), await count.item()]).toEqual([
    [
      [1, 3],
      [2, 4],
    ],
    2,
  ])
  const ids = tensor([5, 6])
  appendHistory(history, count, ids)
  await expect(history.data()).rejects.toMatchObject({ code: 'ERR_INDEX' })
  for (const t of [history, count, ids]) t.dispose()
})

test('refuses shapes that do not fit', async () => {
  const [history, count, ids] = [zeros([2, 2], { dtype: 'i32' }), tensor([0]), tensor([1, 2, 3])]
  expect(await codeOf(() => (appendHistory(history, count, ids), ids))).toBe('ERR_SHAPE')
  for (const t of [history, count]) t.dispose()
})
