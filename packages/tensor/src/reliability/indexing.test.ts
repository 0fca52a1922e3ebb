import { expect, test } from 'vitest'
import { full, tensor, zeros } from '../create.ts'
import { type DType, dtypes } from '../dtype.ts'
import { HeddleError } from '../errors.ts'
import { memory, synchronize } from '../memory.ts'
import { arange } from '../ops/arange.ts'
import { attention } from '../ops/attention.ts'
import { appendHistory } from '../ops/append-history.ts'
import { embedding } from '../ops/embedding.ts'
import { finish } from '../ops/finish.ts'
import { gather } from '../ops/gather.ts'
import { indexSelect } from '../ops/index-select.ts'
import { kvAppend } from '../ops/kv-append.ts'
import { repetitionPenalty } from '../ops/repetition-penalty.ts'
import { suppress } from '../ops/suppress.ts'
import { takeAlongDim } from '../ops/take-along-dim.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'

const n = 5
const limits: Record<string, bigint[]> = {
  i32: [-(2n ** 31n), 2n ** 31n - 1n],
  i64: [-(2n ** 63n), 2n ** 63n - 1n, -(2n ** 31n), 2n ** 31n, 2n ** 32n, 2n ** 32n + 1n],
}

/** What reading the result gives: its numbers, or the code of its error. */
async function outcome(make: () => Tensor): Promise<number[] | string> {
  let out: Tensor | undefined
  try {
    out = scope(make)
    return Array.from((await out.data()) as ArrayLike<number | bigint>, Number)
  } catch (error) {
    if (HeddleError.isInstance(error)) return error.code
    throw error
  } finally {
    out?.dispose()
  }
}

test('every index op refuses what lies outside, for every dtype, and reads what lies inside', async () => {
  const before = memory().tensors
  let cases = 0
  for (const dtype of dtypes) {
    const integers = scope(() => arange(0, 2 * n).reshape([2, n]))
    const x = dtype.startsWith('f8') ? zeros([2, n], { dtype: 'u8' }) : integers.to(dtype)
    const stored = (['f32', 'bf16', 'f16'] as DType[]).includes(dtype)
    const columns = (i: number) =>
      [i, n + i].map((v) => (dtype === 'bool' ? Number(v !== 0) : dtype.startsWith('f8') ? 0 : v))
    for (const kind of ['i32', 'i64'] as const) {
      const hostile = [-1n, BigInt(-n), BigInt(n), BigInt(n + 1), ...limits[kind]!]
      for (const index of [0n, BigInt(n - 1), ...hostile]) {
        const at = (shape: number[]) => tensor(new BigInt64Array([index]), { shape }).to(kind)
        const inside = index >= 0n && index < n
        const want = inside ? columns(Number(index)) : 'ERR_INDEX'
        const got: Record<string, number[] | string> = {
          indexSelect: await outcome(() => indexSelect(x, at([1]), 1)),
          gather: await outcome(() => gather(x, at([1, 1]).expand([2, 1]), 1)),
          takeAlongDim: await outcome(() => takeAlongDim(x, at([1, 1]), 1)),
        }
        for (const name in got)
          expect({ name, dtype, kind, index, got: got[name] }).toEqual({
            name,
            dtype,
            kind,
            index,
            got: want,
          })
        if (stored) {
          const rows = await outcome(() => embedding(x.transpose(0, 1), at([1])))
          expect({ dtype, kind, index, rows }).toEqual({ dtype, kind, index, rows: want })
        }
        cases += 4
      }
    }
    integers.dispose()
    x.dispose()
  }
  expect(cases).toBeGreaterThan(700)
  await synchronize()
  expect(memory().tensors).toBe(before)
})

test('an index that no host number made is checked too', async () => {
  const x = arange(0, n)
  const odd = tensor([Number.NaN, Infinity, -Infinity, 1e20, -0.5, 2 ** 31])
  for (const dtype of ['i32', 'i64'] as const) {
    for (let i = 0; i < 6; i++) {
      const got = await outcome(() => indexSelect(x, odd.slice(0, i, i + 1).to(dtype), 0))
      const fine =
        got === 'ERR_INDEX' ||
        (Array.isArray(got) && got.length === 1 && got[0]! >= 0 && got[0]! < n)
      expect({ i, dtype, got, fine }).toMatchObject({ fine: true })
    }
  }
  x.dispose()
  odd.dispose()
})

test('positions in caches, histories and vocabularies are checked', async () => {
  const i32 = (...values: number[]) => tensor(values, { dtype: 'i32' })
  const edges = [-1, 17, 16, 2 ** 31 - 1, -(2 ** 31)]
  for (const past of edges) {
    const cache = () => ({ k: zeros([1, 1, 1, 4, 16]), v: zeros([1, 1, 16, 4]), past: i32(past) })
    const append = await outcome(() => {
      const { k, v, past: at } = cache()
      kvAppend(k, v, full([1, 1, 1, 4], 1), full([1, 1, 1, 4], 1), at)
      return k
    })
    expect({ past, append }).toEqual({ past, append: 'ERR_CACHE_FULL' })
    const attend = await outcome(() => attention(full([1, 1, 1, 4], 1), cache(), { scale: 1 }))
    expect({ past, attend }).toEqual({ past, attend: 'ERR_CACHE_FULL' })
    const start = await outcome(() =>
      attention(
        full([1, 1, 1, 4], 1),
        { ...cache(), past: i32(0), starts: i32(past) },
        { scale: 1 },
      ),
    )
    // Rows whose real keys have not come yet see nothing.
    expect({ past, start }).toEqual({ past, start: past < 0 ? 'ERR_INDEX' : [0, 0, 0, 0] })
  }
  for (const id of [-1, n, n + 1, 2 ** 31 - 1, -(2 ** 31)]) {
    const penalty = await outcome(() => {
      const logits = full([1, n], 1)
      repetitionPenalty(logits, tensor([[id, 0]], { dtype: 'i32' }), i32(1), { penalty: 2 })
      return logits
    })
    // Documented: ids beyond the vocabulary have no score.
    expect({ id, penalty }).toEqual({ id, penalty: id < 0 ? 'ERR_INDEX' : [1, 1, 1, 1, 1] })
    const history = await outcome(() => {
      const list = zeros([1, 2], { dtype: 'i32' })
      appendHistory(list, i32(id), i32(1))
      return list
    })
    expect({ id, history }).toEqual({ id, history: 'ERR_INDEX' })
    // Documented: ids outside the vocabulary have no score, and none is an end that was not given.
    expect(
      await outcome(() => {
        const logits = full([1, n], 1)
        suppress(logits, [id])
        return logits
      }),
    ).toEqual([1, 1, 1, 1, 1])
    expect(
      await outcome(() => {
        const ids = i32(id)
        finish(ids, zeros([1], { dtype: 'bool' }), { padTokenId: 0, eosTokenIds: [id] })
        return ids
      }),
    ).toEqual([id])
  }
})
