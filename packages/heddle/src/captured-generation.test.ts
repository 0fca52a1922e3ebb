import { DynamicCache, type KVCache } from '@heddle/cache'
import { generate, type GenerateOptions } from '@heddle/generation'
import { AutoModelForCausalLM, AutoTokenizer, type PretrainedCausalLM } from '@heddle/models'
import type { CausalLM } from '@heddle/nn'
import { memory, synchronize } from '@heddle/tensor'
import { modelDirectory } from '@heddle/tiny-tales'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// A captured step must do what the step itself does, through every change that voids a recording.

let model: PretrainedCausalLM
let eager: CausalLM<KVCache>
let ids: number[]

beforeAll(async () => {
  model = await AutoModelForCausalLM.fromPretrained(modelDirectory, { dtype: 'bf16' })
  const tokenizer = await AutoTokenizer.fromPretrained(modelDirectory)
  ids = tokenizer.encode('Once upon a time, there was a little')
  eager = uncaptured(model)
})

/** The same model, whose steps are never captured. */
function uncaptured(model: PretrainedCausalLM): CausalLM<KVCache> {
  return {
    config: model.config,
    generationConfig: model.generationConfig,
    dtype: model.dtype,
    isReplayable: false,
    forward: (inputs) => model.forward(inputs),
    checkFiles: () => model.checkFiles(),
    dispose: () => {},
  }
}

afterAll(() => model.dispose())

const long = { maxNewTokens: 60, eosTokenId: null, seed: 7 }

describe('captured steps give the tokens of steps that are not', () => {
  const cases: Record<string, GenerateOptions> = {
    greedy: { doSample: false },
    sampled: { doSample: true, temperature: 1.3 },
    'with a penalty': { doSample: true, repetitionPenalty: 1.3 },
    'with a least length': { doSample: false, minNewTokens: 20, eosTokenId: [2, 5] },
    'in a static cache': { cacheImplementation: 'static', doSample: true },
    'beyond the first room of the cache': { doSample: true, maxNewTokens: 200 },
  }
  test.each(Object.entries(cases))('%s', async (_name, options) => {
    const settings = { ...long, ...options }
    const rows = [ids, ids.slice(2), ids.slice(0, 3)]
    expect((await generate(model, rows, settings)).newTokens).toEqual(
      (await generate(eager, rows, settings)).newTokens,
    )
  })

  test.each(['exact', 'fast'] as const)('with quantized weights, %s', async (compute) => {
    const options = { quantize: 'int4', compute } as const
    using quantized = await AutoModelForCausalLM.fromPretrained(modelDirectory, options)
    const rows = [ids, ids.slice(2)]
    const got = await generate(quantized, rows, long)
    expect(got.newTokens).toEqual((await generate(uncaptured(quantized), rows, long)).newTokens)
  })

  test('beyond the first room of the history', async () => {
    const settings = { ...long, maxNewTokens: 240, doSample: true, repetitionPenalty: 1.2 }
    expect((await generate(model, ids, settings)).newTokens).toEqual(
      (await generate(eager, ids, settings)).newTokens,
    )
  })

  test('in turns of a conversation with one cache', async () => {
    const talk = async (of: CausalLM<KVCache>) => {
      using cache = new DynamicCache(model.config, { dtype: 'bf16' })
      const settings = { ...long, maxNewTokens: 12, pastKeyValues: cache, doSample: false }
      let sequence = ids
      const lengths: number[] = []
      for (let turn = 0; turn < 4; turn++) {
        const { sequences } = await generate(of, sequence, settings)
        sequence = [...(sequences[0] as number[]), ...ids.slice(0, 3 + turn)]
        lengths.push(cache.length)
      }
      return { sequence, lengths }
    }
    expect(await talk(model)).toEqual(await talk(eager))
  })
})

test('memory returns, also when a call is aborted between replays', async () => {
  await generate(model, ids, long)
  await synchronize()
  const { device, tensors, bytes } = memory()
  for (let i = 0; i < 10; i++) {
    const aborter = new AbortController()
    const call = generate(model, ids, {
      ...long,
      signal: aborter.signal,
      onProgress: ({ phase, done }) => {
        if (phase === 'decode' && done === 3 + i) aborter.abort()
      },
    })
    await expect(call).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  }
  await synchronize()
  const after = memory()
  expect(after.device.buffers).toBe(device.buffers)
  expect([after.tensors, after.bytes]).toEqual([tensors, bytes])
})
