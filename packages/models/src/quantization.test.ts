import { memory, synchronize, tensor, type Tensor } from '@heddle/tensor'
import { expect, test } from 'vitest'
import { AutoModelForCausalLM, type FromPretrainedOptions } from './auto.ts'
import type { PretrainedCausalLM } from './pretrained.ts'
import { readQuantization } from './quantization.ts'
import { tinyModel, withCheckpoint } from './tiny-checkpoint.ts'

const load = (what: string, options: FromPretrainedOptions) =>
  withCheckpoint(tinyModel(what), {}, (dir) => AutoModelForCausalLM.fromPretrained(dir, options))

async function logitsOf(model: PretrainedCausalLM, inputIds: Tensor): Promise<Float32Array> {
  using logits = model.forward({ inputIds }).logits!
  return (await logits.data()) as Float32Array
}

test.each(['llama', 'qwen2 with a sliding layer', 'qwen3', 'smollm3', 'mistral'])(
  '%s: quantized layers give nearly the logits of floats, and give their memory back',
  async (what) => {
    await synchronize()
    const start = memory()
    const plain = await load(what, { dtype: 'f32' })
    const ids = tensor(tinyModel(what).inputIds)
    const want = await logitsOf(plain, ids)
    const size = Math.sqrt(want.reduce((sum, x) => sum + x * x, 0))
    for (const [quantize, compute, near] of [
      ['int8', 'exact', 0.05],
      ['int8', 'fast', 0.08],
      [{ bits: 8, groupSize: 64 }, 'exact', 0.05],
      ['int4', 'exact', 0.6],
      ['int4', 'fast', 0.6],
    ] as const) {
      using model = await load(what, { dtype: 'f32', quantize, compute })
      const got = await logitsOf(model, ids)
      const off = Math.sqrt(got.reduce((sum, x, i) => sum + (x - want[i]!) ** 2, 0))
      expect(off / size, JSON.stringify([quantize, compute])).toBeLessThan(near)
      expect(off).toBeGreaterThan(0)
      const bytes = model.memoryBytes
      expect(Object.keys(bytes).sort()).toEqual(
        quantize === 'int4' ? ['f32', 'q4', 'q8'] : ['f32', 'q8'],
      )
      expect(model.numParameters).toBe(plain.numParameters)
    }
    plain.dispose()
    ids.dispose()
    await synchronize()
    expect(memory()).toMatchObject({ tensors: start.tensors, bytes: start.bytes })
  },
)

test('the head of int4 keeps eight bits, tied to the embedding or not', async () => {
  for (const what of ['llama', 'smollm3']) {
    using model = await load(what, { quantize: 'int4' })
    expect(model.memoryBytes.q8).toBeGreaterThan(0)
  }
})

test('models without Linear layers say so', async () => {
  await expect(load('gpt2', { quantize: 'int8' })).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED_OPTION',
  })
})

test('compute needs quantized weights', async () => {
  await expect(load('llama', { compute: 'fast' })).rejects.toMatchObject({ code: 'ERR_OPTION' })
})

test('says which options there are', () => {
  const none = { weights: undefined, compute: undefined }
  expect(readQuantization(undefined, undefined)).toEqual(none)
  expect(readQuantization('int4', undefined).weights).toEqual({ bits: 4, groupSize: 32 })
  expect(readQuantization({ bits: 8, groupSize: 128 }, 'fast')).toEqual({
    weights: { bits: 8, groupSize: 128 },
    compute: 'fast',
  })
  const refused = (...options: [unknown, unknown]) =>
    expect(
      () => readQuantization(...(options as Parameters<typeof readQuantization>)),
      String(options),
    ).toThrow(/fromPretrained: (quantize|compute) must/)
  refused('int2', undefined)
  refused({ bits: 3 }, undefined)
  refused({ bits: 8, groupSize: 33 }, undefined)
  refused('int8', 'quick')
})
