import { DynamicCache, StaticCache } from '@heddle/cache'
import { generate, stream } from '@heddle/generation'
import { AutoModelForCausalLM, AutoTokenizer, type PretrainedCausalLM } from '@heddle/models'
import { memory, synchronize, type Tensor, tensor } from '@heddle/tensor'
import { modelDirectory } from '@heddle/tiny-tales'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

// The whole way from a checkpoint folder to text, on the model that comes with heddle.

let model: PretrainedCausalLM
let tokenizer: Awaited<ReturnType<typeof AutoTokenizer.fromPretrained>>
let start: { tensors: number; bytes: number }

const used = () => {
  const { tensors, bytes } = memory()
  return { tensors, bytes }
}

beforeAll(async () => {
  model = await AutoModelForCausalLM.fromPretrained(modelDirectory, { dtype: 'f32' })
  tokenizer = await AutoTokenizer.fromPretrained(modelDirectory)
})

afterAll(() => model.dispose())

beforeEach(() => {
  start = used()
})

afterEach(() => {
  expect(used()).toEqual(start)
})

const prompts = [
  'Once upon a time, there was a little fox',
  'Tom and Lily',
  'The old bear was sad because his friend the rabbit had',
  'One day',
]

/** Prompts as rows of ids. */
const rows = () => prompts.map((prompt) => tokenizer.encode(prompt))

describe('the tokens of a row', () => {
  test('are the same alone, in a padded batch, with every cache and in every chunk size', async () => {
    const options = { maxNewTokens: 24, eosTokenId: null }
    const alone = await Promise.all(rows().map((ids) => generate(model, ids, options)))
    const want = alone.map(({ newTokens }) => newTokens[0])
    for (const more of [
      {},
      { cacheImplementation: 'static' },
      { useCache: false },
      { prefillChunkSize: 1 },
      { prefillChunkSize: 5 },
    ] as const) {
      const { newTokens } = await generate(model, rows(), { ...options, ...more })
      expect(newTokens, JSON.stringify(more)).toEqual(want)
    }
  })

  test('are the same when they are sampled with one seed', async () => {
    const options = { maxNewTokens: 24, eosTokenId: null, doSample: true, seed: 5 }
    const ids = tokenizer.encode(prompts[0] as string)
    const want = await generate(model, ids, options)
    for (const more of [{ useCache: false }, { prefillChunkSize: 3 }]) {
      expect(await generate(model, ids, { ...options, ...more })).toEqual(want)
    }
  })

  test('are those of a loop written by hand over forward()', async () => {
    const ids = tokenizer.encode(prompts[1] as string)
    const { newTokens } = await generate(model, ids, { maxNewTokens: 12, eosTokenId: null })
    const cache = new DynamicCache(model.config)
    const byHand: number[] = []
    for (let input = ids; byHand.length < 12; input = [byHand.at(-1) as number]) {
      using inputIds = tensor(Int32Array.from(input), { shape: [1, input.length] })
      using logits = model.forward({ inputIds, cache, logitsToKeep: 1 }).logits as Tensor
      const values = (await logits.data()) as Float32Array
      byHand.push(values.indexOf(Math.max(...values)))
    }
    cache.dispose()
    expect(newTokens[0]).toEqual(byHand)
  })
})

test('logits have the same bits with and without a cache, in chunks, and padded in a batch', async () => {
  const ids = tokenizer.encode(`${prompts.join('. ')}. `.repeat(9)).slice(0, 300)
  const whole = await logitsOf([ids])
  for (const size of [1, 64, 256]) expect(await logitsOf([ids], size)).toEqual(whole)
  const others = [7, 120, 299].map((length) => ids.slice(0, length))
  const batch = await logitsOf([ids, ...others], 64)
  expect(batch.subarray(0, whole.length)).toEqual(whole)
  const vocabSize = model.config.vocabSize
  for (const [i, other] of others.entries()) {
    const row = batch.subarray((i + 1) * vocabSize, (i + 2) * vocabSize)
    expect(row).toEqual(await logitsOf([other]))
  }
})

/** Logits of each row's last token, the rows padded on the left, in pieces of `size`. */
async function logitsOf(batch: number[][], size?: number): Promise<Float32Array> {
  const length = Math.max(...batch.map((ids) => ids.length))
  const starts = tensor(Int32Array.from(batch, (ids) => length - ids.length))
  const cache = size === undefined ? undefined : new DynamicCache(model.config)
  cache?.reserve(batch.length, length)
  let logits: Tensor | undefined
  const step = size ?? length
  for (let from = 0; from < length; from += step) {
    const to = Math.min(from + step, length)
    const shape = [batch.length, to - from]
    const columns = (pick: (ids: number[], t: number) => number) =>
      tensor(
        Int32Array.from(
          batch.flatMap((ids) =>
            Array.from({ length: to - from }, (_, i) => pick(ids, from + i - length + ids.length)),
          ),
        ),
        { shape },
      )
    using inputIds = columns((ids, t) => (t < 0 ? 0 : (ids[t] as number)))
    using positionIds = columns((_, t) => Math.max(0, t))
    logits?.dispose()
    logits = model.forward({ inputIds, positionIds, starts, cache, logitsToKeep: 1 }).logits
  }
  const values = (await logits?.data()) as Float32Array
  for (const owned of [logits, starts, cache]) owned?.dispose()
  return values
}

describe('a conversation', () => {
  test.each(['dynamic', 'static'])('over one %s cache equals starting anew', async (kind) => {
    const cache =
      kind === 'dynamic'
        ? new DynamicCache(model.config)
        : new StaticCache(model.config, { maxBatchSize: 1, maxCacheLen: 200 })
    const options = { maxNewTokens: 10, eosTokenId: null }
    let ids = tokenizer.encode(prompts[0] as string)
    for (const prompt of prompts.slice(1)) {
      const anew = await generate(model, ids, options)
      const continued = await generate(model, ids, { ...options, pastKeyValues: cache })
      expect(continued.sequences).toEqual(anew.sequences)
      expect(cache.length).toBe(ids.length + 9)
      ids = [...(anew.sequences[0] as number[]), ...tokenizer.encode(prompt).slice(1)]
    }
    const branch = cache.clone()
    const a = await generate(model, ids, { ...options, pastKeyValues: cache })
    const b = await generate(model, ids, { ...options, pastKeyValues: branch })
    expect(b).toEqual(a)
    branch.dispose()
    cache.dispose()
  })
})

test('streamed text is the decoded text, piece by piece', async () => {
  const ids = tokenizer.encode(prompts[2] as string)
  let text = ''
  const parts = stream(model, ids, { tokenizer, maxNewTokens: 40 })
  let end = await parts.next()
  for (; !end.done; end = await parts.next()) text += end.value.text
  const { newTokens, texts } = end.value
  expect(text).toBe(texts?.[0])
  expect(`${prompts[2]}${text}`).toBe(
    tokenizer.decode([...ids, ...(newTokens[0] as number[])], { skipSpecialTokens: true }),
  )
})

test('two models at once, one aborted anywhere, never disturb each other nor leak', async () => {
  const other = await AutoModelForCausalLM.fromPretrained(modelDirectory)
  const before = used()
  const ids = tokenizer.encode(prompts[0] as string)
  const options = { maxNewTokens: 8, eosTokenId: null }
  const want = await generate(other, ids, options)
  for (let round = 0; round < 20; round++) {
    const abort = new AbortController()
    const victim = generate(model, rows(), {
      maxNewTokens: 300,
      eosTokenId: null,
      prefillChunkSize: 4,
      signal: abort.signal,
    })
    const neighbour = generate(other, ids, options)
    setTimeout(() => abort.abort(), round)
    await expect(victim).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect(await neighbour).toEqual(want)
    expect(used()).toEqual(before)
  }
  other.dispose()
  await synchronize()
})
