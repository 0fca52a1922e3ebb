import { DynamicCache } from '@heddle/cache'
import { memory, scope, synchronize, type Tensor, tensor } from '@heddle/tensor'
import { expect, test } from 'vitest'
import { AutoModelForCausalLM } from './auto.ts'
import type { PretrainedCausalLM } from './pretrained.ts'
import { type TinyModel, tinyModels, withCheckpoint } from './tiny-checkpoint.ts'

const models = tinyModels.map((model) => [model.what, model] as const)

/** Loads a tiny model, runs `use` and checks that nothing is left behind. */
async function withModel(
  tiny: TinyModel,
  use: (model: PretrainedCausalLM, ids: Tensor) => Promise<void>,
): Promise<void> {
  const before = memory()
  await withCheckpoint(tiny, {}, async (dir) => {
    const model = await AutoModelForCausalLM.fromPretrained(dir)
    using ids = tensor(tiny.inputIds)
    await use(model, ids)
    model.dispose()
  })
  await synchronize()
  const { tensors, bytes } = memory()
  expect({ tensors, bytes }).toEqual({ tensors: before.tensors, bytes: before.bytes })
}

async function read(fn: () => Tensor): Promise<Float32Array> {
  using result = scope(fn)
  return (await result.data()) as Float32Array
}

function expectClose(got: Float32Array | number[], want: readonly number[]): void {
  expect(got).toHaveLength(want.length)
  // The numbers are rounded to 1e-6; float32 in another order of summation adds the rest.
  for (const [i, value] of want.entries()) expect(Math.abs(got[i]! - value)).toBeLessThan(2e-5)
}

/** Six logits of each row's last token. */
const lastLogits = (logits: Tensor) => logits.slice(1, -1).slice(2, 0, 6)

test.each(models)('%s: hidden states and logits are those of Python', async (_, tiny) => {
  await withModel(tiny, async (model, ids) => {
    const { logits, hiddenStates } = model.forward({ inputIds: ids, outputHiddenStates: true })
    expect(logits!.shape).toEqual([2, 7, 40])
    for (const [i, state] of hiddenStates!.entries()) {
      const values = (await state.data()) as Float32Array
      const norms = Array.from({ length: 14 }, (_, token) =>
        Math.hypot(...values.subarray(token * 16, (token + 1) * 16)),
      )
      expectClose(norms, tiny.hiddenNorms[i]!)
      state.dispose()
    }
    expect(hiddenStates).toHaveLength(tiny.hiddenNorms.length)
    expectClose(await read(() => lastLogits(logits!)), tiny.lastLogits)
    logits!.dispose()
  })
})

test.each(models)('%s: padding on the left, as a mask or as starts', async (_, tiny) => {
  await withModel(tiny, async (model, inputIds) => {
    using mask = tensor(tiny.attentionMask)
    using starts = tensor([2, 0])
    const masked = await read(() =>
      lastLogits(model.forward({ inputIds, attentionMask: mask }).logits!),
    )
    expectClose(masked, tiny.paddedLastLogits)
    const started = await read(() => lastLogits(model.forward({ inputIds, starts }).logits!))
    expect(started).toEqual(masked)
  })
})

test.each(models.filter(([what]) => !what.includes('dynamic')))(
  '%s: one token at a time with a cache gives the same bits',
  async (_, tiny) => {
    await withModel(tiny, async (model, inputIds) => {
      const whole = await read(() => model.forward({ inputIds, logitsToKeep: 1 }).logits!)
      const cache = new DynamicCache(model.config, { dtype: model.dtype })
      let last: Float32Array | undefined
      for (const [from, to] of [
        [0, 3],
        [3, 4],
        [4, 6],
        [6, 7],
      ]) {
        last = await read(() => {
          const step = inputIds.slice(1, from!, to!).contiguous()
          return model.forward({ inputIds: step, cache, logitsToKeep: 1 }).logits!
        })
      }
      expect(cache.length).toBe(7)
      cache.dispose()
      expect(last).toEqual(whole)
    })
  },
)

test.each(models)('%s: a prompt in chunks gives the bits of the whole', async (_, tiny) => {
  await withModel(tiny, async (model, inputIds) => {
    const whole = await read(() => model.forward({ inputIds, logitsToKeep: 1 }).logits!)
    const cache = new DynamicCache(model.config, { dtype: model.dtype })
    const chunk = (from: number, to: number) => ({
      inputIds: inputIds.slice(1, from, to),
      ...{ cache, sequenceLength: 7, logitsToKeep: to === 7 ? 1 : -1 },
    })
    scope(() => model.forward(chunk(0, 4)))
    expect(await read(() => model.forward(chunk(4, 7)).logits!)).toEqual(whole)
    cache.dispose()
  })
})

test.each(models)('%s: bf16 weights give nearly the same logits', async (_, tiny) => {
  await withCheckpoint(tiny, {}, async (dir) => {
    using model = await AutoModelForCausalLM.fromPretrained(dir, { dtype: 'bf16' })
    expect(Object.keys(model.memoryBytes)).toEqual(['bf16'])
    using inputIds = tensor(tiny.inputIds)
    const logits = await read(() => lastLogits(model.forward({ inputIds }).logits!))
    const largest = Math.max(...tiny.lastLogits.map(Math.abs))
    for (const [i, want] of tiny.lastLogits.entries()) {
      expect(Math.abs(logits[i]! - want)).toBeLessThan(5e-2 * Math.max(1, largest))
    }
  })
})
