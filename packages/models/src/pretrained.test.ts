import { DynamicCache } from '@heddle/cache'
import { memory, resetPeak, scope, synchronize, type Tensor, tensor, zeros } from '@heddle/tensor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AutoModelForCausalLM } from './auto.ts'
import type { PretrainedCausalLM } from './pretrained.ts'
import { tinyModel, withCheckpoint } from './tiny-checkpoint.ts'

const load = (what: string) =>
  withCheckpoint(tinyModel(what), {}, (dir) => AutoModelForCausalLM.fromPretrained(dir))

let llama: PretrainedCausalLM
let gpt2: PretrainedCausalLM
let ids: Tensor

beforeAll(async () => {
  llama = await load('llama')
  gpt2 = await load('gpt2')
  ids = tensor(tinyModel('llama').inputIds)
})

afterAll(() => {
  for (const owned of [llama, gpt2, ids]) owned.dispose()
})

async function logitsOf(
  model: PretrainedCausalLM,
  inputs: Parameters<PretrainedCausalLM['forward']>[0],
): Promise<Float32Array> {
  using logits = model.forward(inputs).logits!
  return (await logits.data()) as Float32Array
}

test('logitsToKeep keeps all, the last n, or none', async () => {
  const all = await logitsOf(llama, { inputIds: ids })
  const row = (batch: number, token: number) =>
    all.subarray((batch * 7 + token) * 40).subarray(0, 40)
  const last = await logitsOf(llama, { inputIds: ids, logitsToKeep: 2 })
  expect(last).toEqual(Float32Array.of(...row(0, 5), ...row(0, 6), ...row(1, 5), ...row(1, 6)))
  expect(await logitsOf(llama, { inputIds: ids, logitsToKeep: 99 })).toEqual(all)
  expect(llama.forward({ inputIds: ids, logitsToKeep: -1 })).toEqual({})
})

test('hidden states come without logits when none are asked for', () => {
  const output = llama.forward({ inputIds: ids, logitsToKeep: -1, outputHiddenStates: true })
  expect(output.logits).toBeUndefined()
  expect(output.hiddenStates!.map(({ shape }) => shape)).toEqual(Array(3).fill([2, 7, 16]))
  for (const state of output.hiddenStates!) state.dispose()
})

test.each(['llama', 'gpt2'])(
  '%s: positions that count from the start are the default',
  async (what) => {
    const model = what === 'llama' ? llama : gpt2
    using positionIds = tensor([0, 1].map(() => [0, 1, 2, 3, 4, 5, 6]))
    using others = tensor([0, 1].map(() => [0, 2, 4, 6, 8, 10, 12]))
    const counted = await logitsOf(model, { inputIds: ids })
    expect(await logitsOf(model, { inputIds: ids, positionIds })).toEqual(counted)
    expect(await logitsOf(model, { inputIds: ids, positionIds: others })).not.toEqual(counted)
  },
)

test('a row alone has the bits of the row in a batch, padded or not', async () => {
  const [, second] = tinyModel('llama').inputIds
  using alone = tensor([second!])
  using padded = tensor([
    [0, 0, ...second!],
    [9, 9, ...second!],
  ])
  using starts = tensor([2, 0])
  using positionIds = tensor([
    [0, 0, 0, 1, 2, 3, 4, 5, 6],
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  ])
  const want = await logitsOf(llama, { inputIds: alone, logitsToKeep: 1 })
  const batch = await logitsOf(llama, { inputIds: padded, starts, positionIds, logitsToKeep: 1 })
  expect(batch.subarray(0, 40)).toEqual(want)
  const pair = await logitsOf(llama, { inputIds: ids, logitsToKeep: 1 })
  expect(pair.subarray(40)).toEqual(want)
})

test('a mask with holes hides the keys it marks', async () => {
  const mask = (...zeros: number[]) =>
    tensor([0, 1].map(() => Array.from({ length: 7 }, (_, i) => (zeros.includes(i) ? 0 : 1))))
  using holes = mask(2, 4)
  const changed = tinyModel('llama').inputIds.map((row) => row.with(2, 33).with(4, 34))
  using other = tensor(changed)
  const want = await logitsOf(llama, { inputIds: ids, attentionMask: holes, logitsToKeep: 1 })
  const got = await logitsOf(llama, { inputIds: other, attentionMask: holes, logitsToKeep: 1 })
  expect(got).toEqual(want)
  expect(await logitsOf(llama, { inputIds: other, logitsToKeep: 1 })).not.toEqual(want)
})

test.each([
  [() => ({ inputIds: zeros([2, 0], { dtype: 'i32' }) }), 'ERR_SHAPE', 'Start an empty prompt'],
  [() => ({ inputIds: zeros([0, 2], { dtype: 'i32' }) }), 'ERR_SHAPE', 'got [0, 2]'],
  [() => ({ inputIds: tensor([1, 2]) }), 'ERR_SHAPE', 'inputIds must have shape [B, T]'],
  [() => ({ inputIds: tensor([[1, 2]], { dtype: 'f32' }) }), 'ERR_DTYPE', 'inputIds must be i32'],
  [
    () => ({ inputIds: ids, positionIds: tensor([[0]]) }),
    'ERR_SHAPE',
    'positionIds must have shape [2, 7]',
  ],
  [
    () => ({ inputIds: ids, attentionMask: tensor([[1]]) }),
    'ERR_SHAPE',
    'attentionMask must have shape [2, 7]',
  ],
  [() => ({ inputIds: ids, starts: tensor([0]) }), 'ERR_SHAPE', 'starts must have shape [2]'],
  [
    () => ({ inputIds: ids, starts: tensor([0, 0]), attentionMask: ids }),
    'ERR_OPTION',
    'only one of',
  ],
  [() => ({ inputIds: ids, logitsToKeep: -2 }), 'ERR_OPTION', 'logitsToKeep must be an integer'],
  [
    () => ({ inputIds: ids, logitsToKeep: Number.NaN }),
    'ERR_OPTION',
    'logitsToKeep must be an integer',
  ],
  [
    () => ({ inputIds: ids, sequenceLength: 6 }),
    'ERR_OPTION',
    'sequenceLength must be an integer of at least 7',
  ],
])('forward refuses wrong arguments: %#', (inputs, code, message) => {
  scope(() => {
    const given = inputs()
    const forward = () => llama.forward(given)
    expect(forward).toThrow(expect.objectContaining({ code }))
    expect(forward).toThrow(message)
  })
})

test('a token outside the vocabulary rejects the read, and the model goes on', async () => {
  const want = await logitsOf(llama, { inputIds: ids })
  using outside = tensor([[1, 40]])
  await expect(logitsOf(llama, { inputIds: outside })).rejects.toMatchObject({ code: 'ERR_INDEX' })
  expect(await logitsOf(llama, { inputIds: ids })).toEqual(want)
})

test('learned positions end: by count before anything runs, by value at the read', async () => {
  using long = zeros([1, 33], { dtype: 'i32' })
  expect(() => gpt2.forward({ inputIds: long })).toThrow(
    'forward: the sequence must have at most maxPositionEmbeddings (32) tokens; got 33.',
  )
  using token = tensor([[1]])
  using position = tensor([[32]])
  const reading = logitsOf(gpt2, { inputIds: token, positionIds: position })
  await expect(reading).rejects.toMatchObject({ code: 'ERR_INDEX' })
})

test('a cache of another batch size is refused and stays as it was', async () => {
  using cache = new DynamicCache(llama.config)
  llama.forward({ inputIds: ids, cache, logitsToKeep: -1 })
  using one = tensor([[1]])
  expect(() => llama.forward({ inputIds: one, cache })).toThrow(
    expect.objectContaining({ code: 'ERR_SHAPE' }),
  )
  expect(cache.length).toBe(7)
})

test('a hundred forwards leave memory where it was', async () => {
  await logitsOf(llama, { inputIds: ids })
  await synchronize()
  const before = memory()
  for (let i = 0; i < 100; i++) llama.forward({ inputIds: ids }).logits!.dispose()
  await synchronize()
  expect(memory().tensors).toBe(before.tensors)
  expect(memory().bytes).toBe(before.bytes)
})

test('activations of one layer at a time live: depth does not add to the peak', async () => {
  const tiny = tinyModel('llama')
  const peakOf = async (numHiddenLayers: number) => {
    const shapes = Object.entries(tiny.shapes).flatMap(([name, shape]) =>
      name.includes('layers.1.')
        ? Array.from({ length: numHiddenLayers - 1 }, (_, i) => [
            name.replace('layers.1.', `layers.${i + 1}.`),
            shape,
          ])
        : [[name, shape]],
    )
    const deep = { config: tiny.config, shapes: Object.fromEntries(shapes) }
    const changes = { config: { num_hidden_layers: numHiddenLayers } }
    using model = await withCheckpoint(deep, changes, (dir) =>
      AutoModelForCausalLM.fromPretrained(dir),
    )
    using cache = new DynamicCache(model.config)
    const run = () => model.forward({ inputIds: ids, cache, logitsToKeep: -1 })
    run() // makes the cache's buffers
    resetPeak()
    const before = memory()
    run()
    return memory().peak - before.bytes
  }
  expect(await peakOf(6)).toBe(await peakOf(2))
})

test('a disposed model is a typed error, its earlier outputs are not', async () => {
  const model = await load('qwen3')
  using logits = model.forward({ inputIds: ids, logitsToKeep: 1 }).logits!
  model.dispose()
  model.dispose()
  expect((await logits.data()).length).toBe(80)
  const error = expect.objectContaining({ code: 'ERR_TENSOR_DISPOSED' })
  expect(() => model.forward({ inputIds: ids })).toThrow(error)
  await expect(model.checkFiles()).rejects.toMatchObject({ code: 'ERR_TENSOR_DISPOSED' })
})
