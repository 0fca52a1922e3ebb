import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import type { DType } from '../dtype.ts'
import { close, codeOf, values } from '../op-suite.ts'
import { scope } from '../scope.ts'
import { embedding } from './embedding.ts'

const table = Array.from({ length: 6 * 20 }, (_, i) => (((i * 37) % 41) - 20) / 8)
const row = (id: number) => table.slice(id * 20, id * 20 + 20)

test.each(['f32', 'bf16', 'f16'] as DType[])(
  'gathers rows of a table of %s by i32 and i64 ids',
  async (dtype) => {
    for (const ids of ['i32', 'i64'] as const) {
      const gather = () =>
        embedding(
          tensor(table, { shape: [6, 20], dtype }),
          tensor(
            [
              [5, 0, 0],
              [3, 1, 5],
            ],
            { dtype: ids },
          ),
        )
      close(await values(gather), [[5, 0, 0].map(row), [3, 1, 5].map(row)], 0)
    }
  },
)

test('takes views, a single id and no ids', async () => {
  const weight = () => tensor(table, { shape: [6, 20], dtype: 'f32' })
  close(
    await values(() => embedding(weight().slice(1, 4, 9), tensor([2, 4], { dtype: 'i32' }))),
    [2, 4].map((i) => row(i).slice(4, 9)),
    0,
  )
  const turned = () =>
    embedding(
      weight(),
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        { dtype: 'i32' },
      ).transpose(0, 1),
    )
  close(await values(turned), [[1, 3].map(row), [2, 4].map(row)], 0)
  close(await values(() => embedding(weight(), tensor(3, { dtype: 'i32' }))), row(3), 0)
  const none = scope(() => embedding(weight(), tensor([], { shape: [2, 0], dtype: 'i32' })))
  expect(none.shape).toEqual([2, 0, 20])
  expect((await none.data()).length).toBe(0)
  none.dispose()
})

test('an id outside the vocabulary is an error that names it, when the result is read', async () => {
  for (const id of [-1, 6, 49_152]) {
    const out = scope(() =>
      embedding(tensor(table, { shape: [6, 20], dtype: 'f32' }), tensor([0, id], { dtype: 'i32' })),
    )
    await expect(out.data()).rejects.toMatchObject({
      code: 'ERR_INDEX',
      message: expect.stringContaining(`must lie in [0, 6); got ${id} at position 1`),
    })
    out.dispose()
  }
})

test('refuses other dtypes and ranks', async () => {
  const run = (weight: ReturnType<typeof tensor>, ids: ReturnType<typeof tensor>) =>
    scope(() => embedding(weight, ids))
  const [weight, ids, flat] = [
    tensor(table, { shape: [6, 20], dtype: 'f32' }),
    tensor([1], { dtype: 'i32' }),
    tensor(table, { dtype: 'f32' }),
  ]
  expect(await codeOf(() => run(weight, flat))).toBe('ERR_DTYPE')
  expect(await codeOf(() => run(ids, ids))).toBe('ERR_DTYPE')
  expect(await codeOf(() => run(flat, ids))).toBe('ERR_SHAPE')
  for (const t of [weight, ids, flat]) t.dispose()
})
