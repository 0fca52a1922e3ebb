import { expect, test } from 'vitest'
import { full, tensor, zeros } from '../create.ts'
import { HeddleError } from '../errors.ts'
import { setNumThreads, synchronize } from '../memory.ts'
import { argmax } from '../ops/argmax.ts'
import { argmin } from '../ops/argmin.ts'
import { attention } from '../ops/attention.ts'
import { filterLogits } from '../ops/filter-logits.ts'
import { kvAppend } from '../ops/kv-append.ts'
import { layerNorm } from '../ops/layer-norm.ts'
import { linear } from '../ops/linear.ts'
import { logSoftmax } from '../ops/log-softmax.ts'
import { matmul } from '../ops/matmul.ts'
import { max } from '../ops/max.ts'
import { multinomial } from '../ops/multinomial.ts'
import { randomState } from '../ops/random-state.ts'
import { rmsNorm } from '../ops/rms-norm.ts'
import { softmax } from '../ops/softmax.ts'
import { sum } from '../ops/sum.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { Random } from './random.ts'

const odd = [Number.NaN, Infinity, -Infinity, -0, 0, 1e-40, -1e-42, 1.4e-45, 1e15, -1e15]

/** A vector of ordinary numbers with some that are not; `wild` says how many. */
function vector(r: Random, n: number, wild: number): number[] {
  return Array.from({ length: n }, () =>
    Math.fround(r.unit() < wild ? r.pick(odd) : r.unit() * 8 - 4),
  )
}

async function read(make: () => Tensor): Promise<number[]> {
  const out = scope(make)
  const values = Array.from((await out.data()) as ArrayLike<number>)
  out.dispose()
  return values
}

/** NaN where the rule says NaN, infinities equal, everything else near. */
function differs(got: number[], want: number[]): number {
  return want.findIndex((w, i) => {
    const g = got[i]!
    if (Number.isNaN(w)) return !Number.isNaN(g)
    return !(g === w || Math.abs(g - w) <= 2e-5 * Math.max(1, Math.abs(w)))
  })
}

// The rules in f64: NaN and infinities go where arithmetic sends them, as in torch.
const best = (x: number[]) => x.reduce((a, v) => (v > a || Number.isNaN(v) ? v : a), -Infinity)
const total = (x: number[]) => x.reduce((a, v) => a + v, 0)
const rules: Record<string, [(x: Tensor) => Tensor, (x: number[]) => number[]]> = {
  softmax: [
    (x) => softmax(x),
    (x) => {
      const e = x.map((v) => Math.exp(v - best(x)))
      return e.map((v) => v / total(e))
    },
  ],
  logSoftmax: [
    (x) => logSoftmax(x),
    (x) => x.map((v) => v - best(x) - Math.log(total(x.map((w) => Math.exp(w - best(x)))))),
  ],
  layerNorm: [
    (x) => layerNorm(x, undefined, undefined, { eps: 1e-5 }),
    (x) => {
      const mean = total(x) / x.length
      const variance = total(x.map((v) => (v - mean) ** 2)) / x.length
      return x.map((v) => (v - mean) / Math.sqrt(variance + 1e-5))
    },
  ],
  rmsNorm: [
    (x) => rmsNorm(x, undefined, { eps: 1e-6 }),
    (x) => x.map((v) => v / Math.sqrt(total(x.map((w) => w * w)) / x.length + 1e-6)),
  ],
  argmax: [
    (x) => argmax(x, { axis: 1 }),
    (x) => [x.some(Number.isNaN) ? x.findIndex(Number.isNaN) : x.indexOf(best(x))],
  ],
  argmin: [
    (x) => argmin(x, { axis: 1 }),
    (x) => [x.some(Number.isNaN) ? x.findIndex(Number.isNaN) : x.indexOf(Math.min(...x))],
  ],
  max: [(x) => max(x, { axis: 1 }), (x) => [x.some(Number.isNaN) ? Number.NaN : Math.max(...x)]],
  sum: [(x) => sum(x, { axis: 1 }), (x) => [total(x)]],
}

test.each(Object.keys(rules))(
  '%s sends NaN, infinities, zeros and denormals where the rule says',
  async (name) => {
    const [op, rule] = rules[name]!
    const r = new Random(21)
    for (let round = 0; round < 1_000; round++) {
      const x = vector(r, 1 + r.below(70), r.pick([0, 0.02, 0.2, 1]))
      const got = await read(() => op(tensor(x, { shape: [1, x.length], dtype: 'f32' })))
      const want = rule(x)
      const at = differs(got, want)
      // Cancellation in f32 costs digits where 1e15 meets ordinary numbers.
      const excused =
        name === 'sum' || name === 'layerNorm'
          ? x.some((v) => Math.abs(v) === Math.fround(1e15))
          : false
      if (at >= 0 && !excused)
        throw new RangeError(`${name} of [${x}]: [${at}] is ${got[at]}, want ${want[at]}`)
    }
  },
)

test('attention: what a query does not see does not matter, what it sees does', async () => {
  const r = new Random(22)
  const [tokens, dim] = [9, 8]
  for (let round = 0; round < 300; round++) {
    const [q, k, v] = [0, 1, 2].map(() => vector(r, tokens * dim, 0)) as [
      number[],
      number[],
      number[],
    ]
    const run = (keys: number[], values: number[]) =>
      read(() => {
        const rows = (list: number[]) => tensor(list, { shape: [1, 1, tokens, dim], dtype: 'f32' })
        const [kc, vc] = [zeros([1, 1, 1, dim, 16]), zeros([1, 1, 16, dim])]
        const past = tensor([0], { dtype: 'i32' })
        kvAppend(kc, vc, rows(keys), rows(values), past)
        return attention(rows(q), { k: kc, v: vc, past }, { scale: 0.35 }).contiguous()
      })
    const clean = await run(k, v)
    const [token, at] = [r.below(tokens), r.below(dim)]
    const bad = r.pick([Number.NaN, Infinity, -Infinity])
    const inKeys = r.below(2) === 0
    const spoil = (list: number[]) => list.with(token * dim + at, bad)
    const got = await run(inKeys ? spoil(k) : k, inKeys ? v : spoil(v))
    for (let t = 0; t < tokens; t++) {
      const [mine, was] = [got, clean].map((list) => list.slice(t * dim, (t + 1) * dim)) as [
        number[],
        number[],
      ]
      // 0 times infinity is NaN, as in torch: a hidden value may spoil its own column.
      const same = mine.every(
        (value, i) => value === was[i] || (!inKeys && i === at && Number.isNaN(value)),
      )
      // A key at -infinity (times a positive query) weighs nothing: then all are finite again.
      const touched = inKeys
        ? mine.every((value) => Number.isNaN(value)) || mine.every(Number.isFinite)
        : !Number.isFinite(mine[at]!) && mine.every((value, i) => i === at || value === was[i])
      if (t < token ? !same : !touched)
        throw new RangeError(
          `round ${round}, query ${t}, ${inKeys ? 'key' : 'value'} ${token} = ${bad}: ${mine}`,
        )
    }
  }
})

test('filters and draws end, and never give an id out of range', async () => {
  const r = new Random(23)
  const codes: Record<string, number> = {}
  for (let round = 0; round < 1_000; round++) {
    const x = vector(r, 1 + r.below(round % 50 === 0 ? 5000 : 60), r.pick([0, 0.01, 0.2, 1]))
    const logits = tensor(x, { shape: [1, x.length], dtype: 'f32' })
    filterLogits(logits, {
      temperature: r.pick([1, 0.5, 3, 1e-30, 1e30]),
      topK: r.pick([0, 1, 5, 2 ** 31 - 1]),
      topP: r.pick([1, 0.9, 0, 1e-12]),
      minP: r.pick([0, 0.1, 1]),
    })
    const left = Array.from((await logits.data()) as Float32Array)
    const state = randomState(round)
    const ids = multinomial(logits, state)
    let end = 'id'
    try {
      const [id] = Array.from((await ids.data()) as Int32Array)
      if (!(id! >= 0 && id! < x.length) || !(left[id!]! > -Infinity))
        throw new RangeError(`id ${id} of ${left}`)
    } catch (error) {
      if (!HeddleError.isInstance(error)) throw error
      end = error.code
      const usable =
        left.some((v) => v > -Infinity) && !left.some((v) => Number.isNaN(v) || v === Infinity)
      if (usable) throw new RangeError(`${error.message}: ${left}`)
    }
    codes[end] = (codes[end] ?? 0) + 1
    for (const t of [logits, ids, state]) t.dispose()
  }
  expect(Object.keys(codes).sort()).toEqual(['ERR_PROBABILITIES', 'id'])
})

test('denormals survive kernels on every thread, and JavaScript keeps its arithmetic meanwhile', async () => {
  const tiny = full([70_000], 1e-40)
  const half = tiny.mul(0.5)
  const big = full([256, 256], 0.01)
  for (let i = 0; i < 20; i++) {
    const product = matmul(big, big)
    const pending = product.data()
    for (let k = 0; k < 1_000; k++) {
      if (5e-324 * 1 !== 5e-324 || 0.1 + 0.2 !== 0.30000000000000004 || 2 ** -1074 / 2 !== 0)
        throw new RangeError('the floating-point state of the JavaScript thread changed')
    }
    await pending
    product.dispose()
  }
  const want = Math.fround(Math.fround(1e-40) / 2)
  expect(want).toBeGreaterThan(0)
  expect(((await half.data()) as Float32Array).every((v) => v === want)).toBe(true)
  for (const t of [tiny, half, big]) t.dispose()
})

test('the number of threads changes no bit, also while commands are queued', async () => {
  const r = new Random(24)
  const make = (shape: number[]) =>
    tensor(
      vector(
        r,
        shape.reduce((a, b) => a * b, 1),
        0,
      ),
      { shape, dtype: 'f32' },
    )
  const [x, w, wide] = [make([40, 300]), make([200, 300]), make([100_000])]
  const [q, k, v] = [make([1, 4, 1, 32]), make([1, 2, 1500, 32]), make([1, 2, 1500, 32])]
  const run = () => {
    const cache = {
      k: zeros([1, 2, 94, 32, 16]),
      v: zeros([1, 2, 1504, 32]),
      past: tensor([0], { dtype: 'i32' }),
    }
    kvAppend(cache.k, cache.v, k, v, cache.past)
    const at = { ...cache, past: tensor([1499], { dtype: 'i32' }) }
    const attended = attention(q, at, { scale: 0.2 })
    return [
      linear(x, w),
      linear(x.slice(0, 0, 1), w),
      matmul(x, w.transpose(0, 1)),
      sum(wide),
      softmax(x),
      attended.contiguous(),
    ]
  }
  const bits = async () => {
    const outs = scope(run)
    const all = await Promise.all(outs.map((t) => t.bytes()))
    for (const t of outs) t.dispose()
    return all.map((b) => Buffer.from(b).toString('base64')).join()
  }
  const want = await bits()
  for (const threads of [1, 2, 3, 8, 2, 1, 5]) {
    setNumThreads(threads)
    if ((await bits()) !== want) throw new RangeError(`${threads} threads give other bits`)
  }
  const racing = Array.from({ length: 30 }, (_, i) => {
    setNumThreads(1 + (i % 8))
    return bits()
  })
  expect((await Promise.all(racing)).every((b) => b === want)).toBe(true)
  setNumThreads(2)
  await synchronize()
  for (const t of [x, w, wide, q, k, v]) t.dispose()
})
