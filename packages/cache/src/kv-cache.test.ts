import { memory, scope, type Tensor, tensor } from '@heddle/tensor'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DynamicCache, type KVCache, type KVDType, StaticCache } from './index.ts'

const config = { numHiddenLayers: 2, numKeyValueHeads: 3, headDim: 4 }
const B = 2

let start: { tensors: number; bytes: number }
const used = () => {
  const { tensors, bytes } = memory()
  return { tensors, bytes }
}

beforeEach(() => {
  start = used()
})

afterEach(() => {
  expect(used()).toEqual(start)
})

// The value of layer, row, head, token and dimension: different everywhere, exact in every dtype.
const value = (layer: number, b: number, g: number, t: number, d: number, isKey: boolean) =>
  ((layer * 31 + b * 17 + g * 13 + t * 7 + d * 3 + (isKey ? 1 : 0)) % 251) - 125

function values(layer: number, from: number, tokens: number, isKey: boolean): Tensor {
  const { numKeyValueHeads: G, headDim: D } = config
  const data = new Float32Array(B * G * tokens * D)
  let at = 0
  for (let b = 0; b < B; b++)
    for (let g = 0; g < G; g++)
      for (let t = 0; t < tokens; t++)
        for (let d = 0; d < D; d++) data[at++] = value(layer, b, g, from + t, d, isKey)
  return tensor(data, { shape: [B, G, tokens, D] })
}

function step(cache: KVCache, tokens: number): void {
  scope(() => {
    cache.begin(B, tokens)
    const from = cache.length
    for (const [index, layer] of cache.layers.entries()) {
      layer.append(values(index, from, tokens, true), values(index, from, tokens, false))
    }
    cache.advance(tokens)
  })
}

/** Checks every stored key and value, and that the rest is zero. */
async function expectStored(cache: KVCache, capacity: number): Promise<void> {
  const { numKeyValueHeads: G, headDim: D } = config
  for (const [index, layer] of cache.layers.entries()) {
    // An empty step shows the buffers without changing them.
    const view = scope(() => {
      const empty = tensor(new Float32Array(0), { shape: [B, G, 0, D] })
      const { k, v, past } = layer.append(empty, empty)
      return [k.clone(), v.clone(), past.clone()] as const
    })
    const [k, v, past] = await Promise.all(view.map((t) => t.data()))
    expect(view[0].shape).toEqual([B, G, capacity / 16, D, 16])
    expect(view[1].shape).toEqual([B, G, capacity, D])
    expect([...(past as Int32Array)]).toEqual([cache.length])
    let wrong = 0
    for (let b = 0; b < B; b++)
      for (let g = 0; g < G; g++)
        for (let t = 0; t < capacity; t++)
          for (let d = 0; d < D; d++) {
            const isStored = t < cache.length
            const head = (b * G + g) * capacity
            const key = (k as Float32Array)[(head + t - (t % 16)) * D + d * 16 + (t % 16)]
            const val = (v as Float32Array)[(head + t) * D + d]
            if (key !== (isStored ? value(index, b, g, t, d, true) : 0)) wrong++
            if (val !== (isStored ? value(index, b, g, t, d, false) : 0)) wrong++
          }
    expect(wrong).toBe(0)
    for (const t of view) t.dispose()
  }
}

const make: Record<string, (dtype?: KVDType) => KVCache> = {
  DynamicCache: (dtype) => new DynamicCache(config, { dtype }),
  StaticCache: (dtype) => new StaticCache(config, { maxBatchSize: B, maxCacheLen: 600, dtype }),
}

describe.each(Object.entries(make))('%s', (name, create) => {
  const capacity = (dynamic: number) => (name === 'StaticCache' ? 608 : dynamic)

  test.each(['f32', 'bf16', 'f16'] as const)('stores what is appended, in %s', async (dtype) => {
    const cache = create(dtype)
    for (const tokens of [5, 1, 1, 30, 1]) step(cache, tokens)
    expect(cache).toMatchObject({ length: 38, batchSize: B, dtype })
    await expectStored(cache, capacity(256))
    cache.dispose()
  })

  test('keeps what is stored while it grows past its first room', async () => {
    const cache = create()
    for (let t = 0; t < 19; t++) step(cache, 31)
    expect(cache.length).toBe(589)
    await expectStored(cache, capacity(768))
    cache.dispose()
  })

  test('belongs to nobody: scopes around it free nothing of it', async () => {
    const cache = scope(() => {
      const inner = create()
      step(inner, 3)
      return inner
    })
    scope(() => step(cache, 2))
    await expectStored(cache, capacity(256))
    cache.dispose()
  })

  test('crops and goes on over what was cropped', async () => {
    const cache = create()
    step(cache, 20)
    cache.crop(7)
    expect(cache.length).toBe(7)
    step(cache, 13)
    await expectStored(cache, capacity(256))
    expect(() => cache.crop(21)).toThrow(/from 0 to 20 \(the tokens stored\); got 21/)
    expect(() => cache.crop(-1)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }))
    cache.dispose()
  })

  test('is empty and clean after reset', async () => {
    const cache = create()
    step(cache, 20)
    cache.reset()
    expect(cache.length).toBe(0)
    step(cache, 3)
    await expectStored(cache, capacity(256))
    cache.dispose()
  })

  test('clones share nothing', async () => {
    const cache = create()
    step(cache, 9)
    const copy = cache.clone()
    step(copy, 4)
    cache.crop(2)
    step(cache, 1)
    expect([cache.length, copy.length]).toEqual([3, 13])
    await expectStored(copy, capacity(256))
    copy.dispose()
    cache.dispose()
  })

  test('says how many bytes it holds, as memory() does', () => {
    const before = memory().bytes
    const cache = create('bf16')
    step(cache, 3)
    expect(memory().bytes - before).toBe(cache.memoryBytes)
    expect(cache.memoryBytes).toBe(2 * 2 * B * 3 * 4 * capacity(256) * 2 + 4)
    cache.dispose()
    cache.dispose()
  })

  test('refuses a step of other rows, no tokens, or after dispose', () => {
    const cache = create()
    step(cache, 3)
    expect(() => cache.begin(B + 1, 1)).toThrow(/rows/)
    expect(() => cache.begin(B, 0)).toThrow(/tokens must be a positive integer; got 0/)
    expect(() => cache.advance(10_000)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }))
    cache.dispose()
    expect(() => cache.begin(B, 1)).toThrow(
      expect.objectContaining({ code: 'ERR_TENSOR_DISPOSED' }),
    )
    expect(() => cache.clone()).toThrow(expect.objectContaining({ code: 'ERR_TENSOR_DISPOSED' }))
  })
})

test('a static cache that is full says so before anything is queued', async () => {
  const cache = new StaticCache(config, { maxBatchSize: B, maxCacheLen: 20 })
  step(cache, 18)
  expect(() => step(cache, 3)).toThrow(
    expect.objectContaining({
      code: 'ERR_CACHE_FULL',
      details: { length: 18, maxLength: 20, tokens: 3 },
    }),
  )
  step(cache, 2)
  await expectStored(cache, 32)
  expect(cache).toMatchObject({ length: 20, maxLength: 20, isStatic: true })
  cache.dispose()
})

test('a cache that can never fit is refused before anything is allocated', () => {
  const dtype = 'f16'
  expect(
    () => new StaticCache(config, { maxBatchSize: 2 ** 20, maxCacheLen: 2 ** 30, dtype }),
  ).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_MEMORY' }))
  const cache = new DynamicCache(config)
  expect(() => cache.reserve(B, 2 ** 40)).toThrow(/must fit into the memory budget/)
  expect(cache.memoryBytes).toBe(0)
  step(cache, 1)
  cache.dispose()
})

test('room that was reserved is used without growing', async () => {
  const cache = new DynamicCache(config)
  cache.reserve(B, 300)
  const bytes = cache.memoryBytes
  for (let t = 0; t < 10; t++) step(cache, 30)
  expect(cache.memoryBytes).toBe(bytes)
  await expectStored(cache, 512)
  cache.dispose()
})

test('an empty dynamic cache takes any number of rows', () => {
  const cache = new DynamicCache(config)
  for (const batch of [1, 4]) {
    cache.begin(batch, 1)
    expect(cache.batchSize).toBe(batch)
  }
  cache.dispose()
})

test('refuses configurations that make no sense', () => {
  expect(() => new DynamicCache({ ...config, headDim: 0 })).toThrow(/headDim must be a positive/)
  expect(() => new DynamicCache(undefined as never)).toThrow(/Pass the model's config/)
  expect(() => new DynamicCache(config, { dtype: 'i8' as never })).toThrow(/got i8/)
  expect(() => new StaticCache(config, { maxBatchSize: 1, maxCacheLen: 0 })).toThrow(/maxCacheLen/)
  expect(() => new StaticCache(config, {} as never)).toThrow(/maxBatchSize must be .*undefined/)
})
