import { expect, test } from 'vitest'
import { tensor, zeros } from '../create.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { attention, type AttentionOptions, type KVView } from './attention.ts'
import { kvAppend } from './kv-append.ts'

const [heads, groups, dim] = [4, 2, 8]
const wave = (length: number, step: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * step))

/** Appends and attends `tokens` tokens in chunks; the outputs [B, tokens, H, D] joined by token. */
async function run(
  batch: number,
  chunks: number[],
  options: Partial<AttentionOptions> & {
    starts?: number[]
    mask?: number[][]
    dtype?: 'f32' | 'bf16'
  } = {},
): Promise<number[][]> {
  const { starts, mask, dtype = 'f32', ...rest } = options
  const tokens = chunks.reduce((a, b) => a + b)
  const capacity = Math.ceil(tokens / 16) * 16
  const k = zeros([batch, groups, capacity / 16, dim, 16], { dtype })
  const v = zeros([batch, groups, capacity, dim], { dtype })
  const make = (n: number, step: number) =>
    tensor(wave(batch * tokens * n * dim, step), { shape: [batch, tokens, n, dim] }).transpose(1, 2)
  const outputs = scope(() => {
    const outputs: Tensor[] = []
    const [q, keys, values] = [make(heads, 0.7), make(groups, 1.3), make(groups, 2.1)]
    let from = 0
    for (const chunk of chunks) {
      const past = tensor([from], { dtype: 'i32' })
      const part = (x: Tensor) => x.slice(2, from, from + chunk)
      kvAppend(k, v, part(keys), part(values), past)
      const view: KVView = {
        k,
        v,
        past,
        ...(starts && { starts: tensor(starts, { dtype: 'i32' }) }),
        ...(mask && { keyMask: tensor(mask, { dtype: 'u8' }) }),
      }
      const y = attention(part(q), view, { scale: dim ** -0.5, ...rest })
      expect(y.shape).toEqual([batch, heads, chunk, dim])
      const out = y.transpose(1, 2)
      // Merging heads is a view: the memory order is [B, T, H, D].
      expect(out.isContiguous).toBe(true)
      outputs.push(out)
      from += chunk
    }
    return outputs
  })
  const rows: number[][] = Array.from({ length: batch }, () => [])
  for (const out of outputs) {
    const data = (await out.data()) as Float32Array
    const each = data.length / batch
    rows.forEach((row, b) => row.push(...data.slice(b * each, (b + 1) * each)))
    out.dispose()
  }
  k.dispose()
  v.dispose()
  return rows
}

/** The definition, in doubles. */
function reference(
  batch: number,
  tokens: number,
  sees: (b: number, i: number, j: number) => boolean,
): number[][] {
  const [q, k, v] = [
    wave(batch * tokens * heads * dim, 0.7),
    wave(batch * tokens * groups * dim, 1.3),
    wave(batch * tokens * groups * dim, 2.1),
  ]
  return Array.from({ length: batch }, (_, b) => {
    const out: number[] = []
    for (let i = 0; i < tokens; i++) {
      for (let h = 0; h < heads; h++) {
        const g = Math.floor((h * groups) / heads)
        const at = (j: number) => ((b * tokens + j) * groups + g) * dim
        const keys = Array.from({ length: tokens }, (_, j) => j).filter((j) => sees(b, i, j))
        const scores = keys.map((j) => {
          let sum = 0
          for (let d = 0; d < dim; d++)
            sum += q[((b * tokens + i) * heads + h) * dim + d]! * k[at(j) + d]!
          return Math.exp(sum / Math.sqrt(dim))
        })
        const total = scores.reduce((a, s) => a + s, 0)
        for (let d = 0; d < dim; d++) {
          const sum = keys.reduce((a, j, n) => a + scores[n]! * v[at(j) + d]!, 0)
          out.push(keys.length ? sum / total : 0)
        }
      }
    }
    return out
  })
}

function expectClose(got: number[][], want: number[][]): void {
  got.forEach((row, b) => {
    expect(row.length).toBe(want[b]!.length)
    row.forEach((value, i) => expect(Math.abs(value - want[b]![i]!)).toBeLessThan(2e-6))
  })
}

test('equals the definition: causal, not causal, with a window', async () => {
  expectClose(
    await run(2, [37]),
    reference(2, 37, (_, i, j) => j <= i),
  )
  expectClose(
    await run(2, [37], { causal: false }),
    reference(2, 37, () => true),
  )
  expectClose(
    await run(2, [37], { window: 5 }),
    reference(2, 37, (_, i, j) => j <= i && j > i - 5),
  )
})

test('starts and key masks hide keys; a query without any gives zeros', async () => {
  const starts = [0, 20]
  expectClose(
    await run(2, [37], { starts }),
    reference(2, 37, (b, i, j) => j <= i && j >= starts[b]!),
  )
  const mask = [0, 1].map((b) => Array.from({ length: 37 }, (_, j) => ((j + b) % 3 === 0 ? 0 : 1)))
  const got = await run(2, [37], { mask })
  expectClose(
    got,
    reference(2, 37, (b, i, j) => j <= i && mask[b]![j] === 1),
  )
  expect(got[0]!.slice(0, heads * dim).every((value) => value === 0)).toBe(true)
})

test('chunks and single tokens give the same bits', async () => {
  for (const dtype of ['f32', 'bf16'] as const) {
    const whole = await run(2, [300], { dtype, starts: [0, 3] })
    expect(await run(2, [1, 255, 1, 1, 42], { dtype, starts: [0, 3] })).toEqual(whole)
    expect(
      await run(2, [270, ...new Array<number>(30).fill(1)], { dtype, starts: [0, 3] }),
    ).toEqual(whole)
  }
})

test('a window must be a positive whole number', async () => {
  for (const window of [0, -1, 1.5, Number.NaN]) {
    await expect(run(1, [2], { window })).rejects.toMatchObject({ code: 'ERR_OPTION' })
  }
  await expect(run(1, [2], { scale: Number.NaN })).rejects.toMatchObject({ code: 'ERR_OPTION' })
})

test('values that only the native side sees are errors of the next read', async () => {
  await expect(run(1, [2], { starts: [-1] })).rejects.toMatchObject({ code: 'ERR_INDEX' })
  await expect(run(1, [2], { mask: [[1]] })).rejects.toMatchObject({ code: 'ERR_SHAPE' })
})

test('shapes and dtypes are checked', () => {
  scope(() => {
    const kv = {
      k: zeros([1, groups, 1, dim, 16]),
      v: zeros([1, groups, 16, dim]),
      past: tensor([0], { dtype: 'i32' }),
    }
    const q = zeros([1, heads, 1, dim])
    const shape = expect.objectContaining({ code: 'ERR_SHAPE' })
    const options = { scale: 1 }
    expect(() => attention(zeros([1, 3, 1, dim]), kv, options)).toThrow(shape)
    expect(() => attention(zeros([2, heads, 1, dim]), kv, options)).toThrow(shape)
    expect(() => attention(zeros([1, heads, 1, 4]), kv, options)).toThrow(shape)
    expect(() =>
      attention(q, { ...kv, starts: tensor([0, 0], { dtype: 'i32' }) }, options),
    ).toThrow(shape)
    const dtype = expect.objectContaining({ code: 'ERR_DTYPE' })
    expect(() => attention(q.to('bf16'), kv, options)).toThrow(dtype)
    expect(() => attention(q, { ...kv, keyMask: zeros([1, 16]) }, options)).toThrow(dtype)
    expect(() => attention(q, { ...kv, v: kv.v.to('f16') }, options)).toThrow(dtype)
  })
})
