import { DynamicCache, StaticCache } from '@heddle/cache'
import { memory, synchronize } from '@heddle/tensor'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BigramModel } from './bigram-model.test-support.ts'
import { generate, stream } from './generate.ts'

let model: BigramModel
let start: { tensors: number; bytes: number }

const used = () => {
  const { tensors, bytes } = memory()
  return { tensors, bytes }
}

beforeEach(async () => {
  model = new BigramModel({ eosTokenId: 2, padTokenId: 0 })
  start = used()
})

afterEach(async () => {
  // Whatever a test did, nothing of its calls may be left.
  expect(used()).toEqual(start)
  model.dispose()
  await synchronize()
  expect(memory().rescued).toBe(0)
})

const eosTokenId = null

test('a static cache gives the same tokens', async () => {
  const options = { maxNewTokens: 5, eosTokenId }
  const dynamic = await generate(model, [5, 6], options)
  const fixed = await generate(model, [5, 6], { ...options, cacheImplementation: 'static' })
  expect(fixed).toEqual(dynamic)
  const short = { ...options, cacheImplementation: 'static', maxCacheLen: 5 } as const
  await expect(generate(model, [5, 6], short)).rejects.toThrow(/Pass at least 6/)
})

test.each(['dynamic', 'static'])('a %s cache of the caller is continued', async (kind) => {
  const cache =
    kind === 'dynamic'
      ? new DynamicCache(model.config)
      : new StaticCache(model.config, { maxBatchSize: 1, maxCacheLen: 40 })
  const options = { maxNewTokens: 4, eosTokenId, pastKeyValues: cache }
  const first = await generate(model, [5, 6], options)
  expect(cache.length).toBe(5)
  const prompt = [...(first.sequences[0] as number[]), 9]
  const before = model.calls.length
  const second = await generate(model, prompt, options)
  expect(model.calls[before]).toMatchObject({ past: 5, tokens: 2 })
  expect(second.newTokens).toEqual([model.chain(9, 4)])
  expect(second.counts.cachedTokens).toBe(5)
  // Ended by an end token, one step of overrun is taken back.
  const ends = [model.chain(11, 2)[1] as number]
  await generate(model, [...(second.sequences[0] as number[]), 11], {
    ...options,
    eosTokenId: ends,
  })
  expect(cache.length).toBe(13)
  cache.dispose()
})

test('leaving early keeps what was seen; a second call at once is refused', async () => {
  const cache = new DynamicCache(model.config)
  const options = { maxNewTokens: 9, eosTokenId, pastKeyValues: cache }
  const parts = stream(model, [5, 6], options)
  await parts.next()
  await parts.next()
  await expect(generate(model, [5, 6], options)).rejects.toThrow(/one call at a time/)
  await parts.return(undefined as never)
  expect(cache.length).toBe(3)
  await expect(generate(model, [5, 6, 7], options)).rejects.toThrow(/after the 3 tokens/)
  const rows = [
    [5, 6, 7, 8],
    [5, 6, 7, 8],
  ]
  await expect(generate(model, rows, options)).rejects.toThrow(/holds 1 rows; got 2/)
  cache.dispose()
})

test('a cache that is too small is refused before anything runs', async () => {
  const cache = new StaticCache(model.config, { maxBatchSize: 1, maxCacheLen: 4 })
  const call = generate(model, [5, 6], { maxNewTokens: 4, pastKeyValues: cache })
  await expect(call).rejects.toThrow(/maxNewTokens: 3/)
  expect(model.calls).toHaveLength(0)
  cache.dispose()
})
