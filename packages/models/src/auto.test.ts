import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { memory, synchronize, tensor } from '@heddle/tensor'
import { expect, test } from 'vitest'
import { AutoConfig, AutoModelForCausalLM } from './auto.ts'
import { inspectCheckpoint } from './inspect.ts'
import type { LoadProgress } from './load-weights.ts'
import { type Changes, tinyModel, withCheckpoint } from './tiny-checkpoint.ts'

const llama = tinyModel('llama')
const load = AutoModelForCausalLM.fromPretrained

const failure = (changes: Changes, model = llama) =>
  withCheckpoint(model, changes, (dir) => load(dir).catch((error) => error))

test.each([
  [{}, 'auto', 'f32', 'mapped'],
  [{}, 'bf16', 'bf16', 'copied'],
  [{}, 'f16', 'f16', 'copied'],
  [{ dtype: 'bf16', config: { dtype: 'bfloat16' } }, 'auto', 'bf16', 'mapped'],
  [{ dtype: 'bf16', config: { dtype: null, torch_dtype: 'float16' } }, 'auto', 'f16', 'copied'],
  [{ dtype: 'f16', config: { dtype: null } }, 'auto', 'f16', 'mapped'],
  [{ dtype: 'bf16', config: { dtype: 'float32' } }, 'auto', 'f32', 'copied'],
] as const)(
  'a checkpoint with %j and dtype %s loads as %s, %s',
  async (changes, asked, want, how) => {
    await withCheckpoint(llama, changes, async (dir) => {
      const before = memory()
      using model = await load(dir, { dtype: asked })
      expect(model.dtype).toBe(want)
      expect(Object.keys(model.memoryBytes)).toEqual([want])
      const copied = memory().bytes - before.bytes
      if (how === 'mapped') expect(copied).toBe(0)
      else expect(copied).toBe(model.memoryBytes[want])
    })
  },
)

test('a cut file matters to mapped weights, not to copies or converted ones', async () => {
  await withCheckpoint(llama, {}, async (dir) => {
    using mapped = await load(dir)
    using copied = await load(dir, { mmap: false })
    using converted = await load(dir, { dtype: 'bf16' })
    await mapped.checkFiles()
    await truncate(join(dir, 'model.safetensors'), 100)
    await expect(mapped.checkFiles()).rejects.toMatchObject({ code: 'ERR_FILE_CHANGED' })
    using inputIds = tensor([[1, 5, 9]])
    for (const model of [copied, converted]) {
      await model.checkFiles()
      using logits = model.forward({ inputIds, logitsToKeep: 1 }).logits!
      expect((await logits.data()).every(Number.isFinite)).toBe(true)
    }
  })
})

test('counts parameters once and reports progress to the last byte', async () => {
  await withCheckpoint(tinyModel('gpt2'), {}, async (dir) => {
    const events: LoadProgress[] = []
    using model = await load(dir, { onProgress: (event) => events.push(event) })
    const sizes = Object.values(tinyModel('gpt2').shapes).map((shape) =>
      shape.reduce((product, width) => product * width, 1),
    )
    const count = sizes.reduce((sum, size) => sum + size, 0)
    expect(model.numParameters).toBe(count)
    expect(model.memoryBytes).toEqual({ f32: 4 * count })
    expect(events).toHaveLength(sizes.length)
    expect(events.at(-1)).toMatchObject({ loaded: 4 * count, total: 4 * count })
    expect(model.weightNames.sort()).toEqual(Object.keys(tinyModel('gpt2').shapes).sort())
  })
})

test('a head that differs from the table it should be tied to stays apart', async () => {
  const gpt2 = tinyModel('gpt2')
  const head = { 'lm_head.weight': [40, 16] }
  await withCheckpoint(gpt2, { shapes: head }, async (dir) => {
    using model = await load(dir)
    expect(model.config.tieWordEmbeddings).toBe(false)
    expect(model.weightNames).toContain('lm_head.weight')
  })
  const table = 'transformer.wte.weight'
  for (const changes of [
    { shapes: head, valuesOf: { 'lm_head.weight': table } }, // an equal copy
    { shapes: { [table]: undefined, ...head } }, // only under the other name
  ]) {
    await withCheckpoint(gpt2, changes, async (dir) => {
      using model = await load(dir)
      expect(model.config.tieWordEmbeddings).toBe(true)
      expect(model.weightNames).not.toContain('lm_head.weight')
    })
  }
})

test('generation_config.json comes in camelCase, else config.json fills in', async () => {
  const generationConfig = {
    _from_model_config: true,
    eos_token_id: [2, 5],
    top_k: 3,
    do_sample: true,
  }
  await withCheckpoint(llama, { generationConfig }, async (dir) => {
    using model = await load(dir)
    expect(model.generationConfig).toEqual({ eosTokenId: [2, 5], topK: 3, doSample: true })
  })
  await withCheckpoint(llama, { config: { temperature: 0.5 } }, async (dir) => {
    using model = await load(dir)
    const ids = { bosTokenId: 1, eosTokenId: 2, padTokenId: 0 }
    expect(model.generationConfig).toEqual({ ...ids, temperature: 0.5 })
  })
})

test('AutoConfig reads a folder without touching weights', async () => {
  await withCheckpoint(llama, {}, async (dir) => {
    await writeFile(join(dir, 'model.safetensors'), 'not a checkpoint')
    expect(await AutoConfig.fromPretrained(dir)).toMatchObject({ modelType: 'llama', headDim: 4 })
  })
})

test('inspectCheckpoint adds up', async () => {
  await withCheckpoint(llama, { dtype: 'bf16', config: { dtype: 'bfloat16' } }, async (dir) => {
    const report = await inspectCheckpoint(dir)
    const weightBytes = 2 * report.numParameters
    expect(report).toMatchObject({
      modelType: 'llama',
      dtype: 'bf16',
      weightBytes,
      storedBytes: { BF16: weightBytes },
      kvBytesPerToken: 2 * 2 * 2 * 4 * 2,
      neededBytes: weightBytes + 64 * 32,
    })
  })
})

test('configs beyond all memory are refused at once, before allocation', async () => {
  for (const config of [
    { vocab_size: 2 ** 31 - 1, hidden_size: 2 ** 20 },
    { num_hidden_layers: 1024, intermediate_size: 2 ** 24 },
  ]) {
    await withCheckpoint(llama, { config }, async (dir) => {
      await AutoConfig.fromPretrained(dir) // the file's own import is not what is measured
      const before = memory()
      const start = performance.now()
      const error = await load(dir).catch((error) => error)
      const elapsed = performance.now() - start
      expect(error).toMatchObject({ code: 'ERR_MODEL_TOO_LARGE' })
      expect(error.message).toMatch(/^llama: the weights must fit in [\d.]+ GiB of memory; got/)
      expect(memory().tensors).toBe(before.tensors)
      expect(elapsed).toBeLessThan(500) // well under 50 ms on an idle machine
    })
  }
})

test('a checkpoint and a config that disagree name every tensor', async () => {
  const error = await failure({
    shapes: { 'lm_head.weight': undefined, extra: [1], 'model.norm.weight': [8] },
  })
  expect(error).toMatchObject({
    code: 'ERR_FORMAT_WEIGHTS_MISMATCH',
    missing: ['lm_head.weight'],
    unexpected: ['extra'],
    mismatched: ['model.norm.weight: [8] instead of [16]'],
  })
})

test.each([
  [{ config: { num_attention_heads: -3 } }, 'ERR_CONFIG'],
  [{ config: { model_type: 't5' } }, 'ERR_UNKNOWN_MODEL_TYPE'],
  [{ config: { dtype: 'float64' } }, 'ERR_CONFIG'],
  [{ config: { dtype: { text: 'float32' } } }, 'ERR_CONFIG'],
  [{ config: { hidden_act: 'toString' } }, 'ERR_CONFIG'],
  [{ dtype: 'i8' }, 'ERR_FORMAT_WEIGHTS_MISMATCH'],
] as const)('%j is refused with %s and nothing leaks', async (changes, code) => {
  const before = memory()
  const error = await failure(changes)
  expect(error).toMatchObject({ code })
  await synchronize()
  expect(memory().tensors).toBe(before.tensors)
})

test('an unknown dtype option is refused', async () => {
  const error = await withCheckpoint(llama, {}, (dir) =>
    load(dir, { dtype: 'f64' as 'f32' }).catch((error) => error),
  )
  expect(error).toMatchObject({ code: 'ERR_OPTION' })
})

test('folders without a checkpoint say what is missing', async () => {
  await expect(load('/nowhere/at/all')).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_NOT_FOUND' })
  await withCheckpoint(llama, { rename: (name) => `x.${name}` }, async (dir) => {
    await truncate(join(dir, 'model.safetensors'), 30)
    expect((await load(dir).catch((error) => error)).code).toMatch(/^ERR_FORMAT/)
    await writeFile(join(dir, 'config.json'), '[]')
    await expect(load(dir)).rejects.toMatchObject({ code: 'ERR_CONFIG' })
    await writeFile(join(dir, 'config.json'), '{"model_type": "llama", "rms_norm_eps": NaN}')
    expect((await load(dir).catch((error) => error)).code).toMatch(/^ERR_(FORMAT|CONFIG)/)
  })
})

test('an aborted load throws AbortError and frees what it had', async () => {
  await withCheckpoint(llama, {}, async (dir) => {
    const before = memory()
    const controller = new AbortController()
    const loading = load(dir, {
      dtype: 'bf16',
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(loading).rejects.toMatchObject({ name: 'AbortError', code: 'ERR_ABORTED' })
    await synchronize()
    expect(memory().tensors).toBe(before.tensors)
  })
})
