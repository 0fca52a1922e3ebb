import { DynamicCache } from '@heddle/cache'
import { HeddleError, memory, scope, synchronize, tensor } from '@heddle/tensor'
import { describe, expect, test } from 'vitest'
import { AutoConfig, AutoModelForCausalLM } from '../auto.ts'
import { inspectCheckpoint } from '../inspect.ts'
import { type TinyModel, tinyModel, withCheckpoint } from '../tiny-checkpoint.ts'
import { type GGUFChanges, quantized, tinyGGUF, wideModel, withGGUF } from './tiny-gguf.ts'

async function logits(
  path: string,
  inputIds: number[][],
  dtype: 'auto' | 'f32' = 'auto',
  mmap = true,
): Promise<Float32Array> {
  using model = await AutoModelForCausalLM.fromPretrained(path, { dtype, mmap })
  using ids = tensor(inputIds)
  using out = scope(() => model.forward({ inputIds: ids }).logits!)
  await model.checkFiles()
  return (await out.data()) as Float32Array
}

/** The folder and the file of one model give the same bits, and leave nothing behind. */
async function expectSame(
  tiny: Pick<TinyModel, 'config' | 'shapes' | 'inputIds'>,
  config: Record<string, unknown>,
  changes: GGUFChanges,
): Promise<void> {
  const before = memory()
  const want = await withCheckpoint(tiny, { config }, (dir) => logits(dir, tiny.inputIds))
  for (const mmap of [true, false]) {
    const got = await withGGUF(tinyGGUF(tiny, changes), (path) =>
      logits(path, tiny.inputIds, 'auto', mmap),
    )
    expect(got).toEqual(want)
  }
  await synchronize()
  expect(memory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes })
}

const full = { use_sliding_window: false, layer_types: null }
const models: readonly (readonly [what: string, Record<string, unknown>, GGUFChanges])[] = [
  ['llama', {}, {}],
  [
    'llama with biases, yarn and tied embeddings',
    {},
    {
      keys: {
        'rope.scaling.type': ['string', 'yarn'],
        'rope.scaling.factor': ['f32', 4],
        'rope.scaling.original_context_length': ['u32', 8],
      },
    },
  ],
  ['mistral', {}, { keys: { 'attention.sliding_window': ['u32', 3] } }],
  ['smollm3', { ...full, no_rope_layers: null }, {}],
  ['qwen2 with a sliding layer', full, {}],
  ['qwen3', full, {}],
  ['gpt2', { scale_attn_by_inverse_layer_idx: false }, {}],
]

test.each(models)('%s: a GGUF file gives the bits of the folder', async (what, config, changes) => {
  await expectSame(tinyModel(what), config, changes)
})

test('factors of the frequencies are divisors: those of two are a linear scaling by two', async () => {
  const config = { rope_parameters: { rope_type: 'linear', rope_theta: 10000, factor: 2 } }
  const tiny = tinyModel('llama')
  const keys = { 'rope.freq_base': ['f32', 10000] } as const
  await expectSame(tiny, config, { keys, extra: { 'rope_freqs.weight': [2, 2] } })
  await expectSame(tiny, config, {
    keys: {
      ...keys,
      'rope.scaling.type': ['string', 'linear'],
      'rope.scaling.factor': ['f32', 2],
    },
  })
})

test('quantized weights stay so or are decoded, rows of heads in the order of the model', async () => {
  const names = Object.entries(wideModel.shapes).filter(([, shape]) => shape.length === 2)
  const got = await withGGUF(tinyGGUF(wideModel, { isPacked: true }), async (path) => {
    using model = await AutoModelForCausalLM.fromPretrained(path)
    expect(model.dtype).toBe('bf16')
    expect(Object.keys(model.memoryBytes).sort()).toEqual(['f32', 'q8'])
    const report = await inspectCheckpoint(path)
    expect(report.weights[0]).toMatchObject({ stored: 'Q8_0', loaded: 'q8', tensors: 9 })
    expect(report.weights[1]).toMatchObject({ stored: 'F32', loaded: 'f32', tensors: 3 })
    using cache = new DynamicCache(model.config, { dtype: 'f32' })
    using inputIds = tensor(wideModel.inputIds)
    using out = scope(() => model.forward({ inputIds, cache }).logits!)
    const packed = (await out.data()) as Float32Array
    return { packed, decoded: await logits(path, wideModel.inputIds, 'f32') }
  })
  // The same numbers in a folder: eight bits fit f32 and bf16 exactly.
  const { saveSafetensors } = await import('@heddle/formats')
  const { formula } = await import('../tiny-checkpoint.ts')
  const want = await withCheckpoint(wideModel, {}, async (dir) => {
    const tensors = new Map(
      Object.entries(wideModel.shapes).map(([name, shape]) => {
        const values = formula(name, shape)
        const isMatrix = names.some(([each]) => each === name)
        return [name, tensor(isMatrix ? values.map(quantized) : values, { shape })]
      }),
    )
    await saveSafetensors(`${dir}/model.safetensors`, tensors)
    for (const each of tensors.values()) each.dispose()
    return logits(dir, wideModel.inputIds)
  })
  expect(got.decoded).toEqual(want)
  // The same weights, summed in another order.
  for (const [i, x] of got.packed.entries()) expect(x).toBeCloseTo(want[i]!, 4)
})

describe('a file that lies', () => {
  const tiny = tinyModel('llama')
  const codeOf = (changes: GGUFChanges, tensors = tiny.shapes) =>
    withGGUF(tinyGGUF({ ...tiny, shapes: tensors }, changes), async (path) => {
      try {
        ;(await AutoModelForCausalLM.fromPretrained(path)).dispose()
        return 'accepted'
      } catch (error) {
        if (!HeddleError.isInstance(error)) throw error
        return error.code
      }
    })

  test.each([
    ['block_count', ['u32', 1e9], 'ERR_CONFIG'],
    ['block_count', ['string', '2'], 'ERR_CONFIG'],
    ['block_count', ['u32', 3], 'ERR_FORMAT_WEIGHTS_MISMATCH'],
    ['block_count', undefined, 'ERR_CONFIG'],
    ['attention.head_count', ['u32', 0], 'ERR_CONFIG'],
    ['attention.head_count_kv', ['u32', 3], 'ERR_CONFIG'],
    ['attention.head_count_kv', ['array', 'u32', [2, 1]], 'ERR_UNSUPPORTED_OPTION'],
    ['attention.head_count_kv', ['array', 'u32', [2, 2]], 'accepted'],
    ['attention.head_count', ['array', 'string', ['x']], 'ERR_CONFIG'],
    ['embedding_length', ['u32', 17], 'ERR_FORMAT_WEIGHTS_MISMATCH'],
    ['attention.key_length', ['u32', 5], 'ERR_UNSUPPORTED_OPTION'],
    ['context_length', ['u32', 0], 'ERR_CONFIG'],
    ['context_length', ['u64', 2n ** 63n], 'ERR_CONFIG'],
    ['rope.freq_base', ['f32', Number.NaN], 'ERR_CONFIG'],
    ['rope.freq_base', ['bool', true], 'ERR_CONFIG'],
    ['rope.scaling.type', ['string', 'longrope'], 'ERR_UNSUPPORTED_OPTION'],
    ['rope.scaling.type', ['string', '__proto__'], 'ERR_CONFIG'],
    ['rope.dimension_count', ['u32', 2], 'ERR_UNSUPPORTED_OPTION'],
    ['expert_count', ['u32', 8], 'ERR_UNSUPPORTED_OPTION'],
    ['final_logit_softcapping', ['f32', 30], 'ERR_UNSUPPORTED_OPTION'],
    ['attention.layer_norm_rms_epsilon', ['f32', -1], 'ERR_CONFIG'],
  ] as const)('%s as %s is %s', async (key, entry, code) => {
    expect(await codeOf({ keys: { [key]: entry as never } })).toBe(code)
  })

  test('names and architectures that nobody knows are named', async () => {
    for (const architecture of ['mamba', '', '__proto__', 'constructor'])
      expect(await codeOf({ architecture })).toBe('ERR_UNKNOWN_MODEL_TYPE')
    const { 'model.norm.weight': _, ...rest } = tiny.shapes
    expect(await codeOf({}, rest)).toBe('ERR_FORMAT_WEIGHTS_MISMATCH')
    expect(await codeOf({ extra: { 'blk.0.surprise.weight': [1] } })).toBe(
      'ERR_FORMAT_WEIGHTS_MISMATCH',
    )
    expect(await codeOf({ extra: { 'rope_freqs.weight': [1, 1, 1] } })).toBe('ERR_CONFIG')
    expect(await codeOf({ extra: { 'rope_freqs.weight': [1, -1] } })).toBe('ERR_CONFIG')
    expect(await codeOf({ extra: { 'rope_freqs.weight': [1, 1] } })).toBe('accepted')
  })
})

test('the config and the defaults of generation come from the metadata', async () => {
  const metadata = {
    'tokenizer.ggml.eot_token_id': ['u32', 5],
    'tokenizer.ggml.padding_token_id': ['u32', 3],
  } as const
  await withGGUF(tinyGGUF(tinyModel('llama'), { metadata }), async (path) => {
    expect(await AutoConfig.fromPretrained(path)).toMatchObject({
      ...{ modelType: 'llama', vocabSize: 40, hiddenSize: 16, headDim: 4, rmsNormEps: 1e-6 },
      ...{ tieWordEmbeddings: false, bosTokenId: 1, eosTokenId: [2, 5], padTokenId: 3 },
    })
    using model = await AutoModelForCausalLM.fromPretrained(path)
    expect(model.generationConfig).toEqual({ bosTokenId: 1, eosTokenId: [2, 5], padTokenId: 3 })
    expect(model.dtype).toBe('f32')
  })
})
