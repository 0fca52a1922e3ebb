import { scope, type Tensor, tensor } from '@heddle/tensor'
import { expect, test } from 'vitest'
import { activation } from './activation.ts'
import { Conv1D } from './conv1d.ts'
import { Embedding } from './embedding.ts'
import { mergeHeads, splitHeads } from './heads.ts'
import { LayerNorm } from './layer-norm.ts'
import { Linear } from './linear.ts'
import { RMSNorm } from './rms-norm.ts'

const f32 = (values: readonly number[], shape: readonly number[]) =>
  tensor(Float32Array.from(values), { shape })

async function values(fn: () => Tensor): Promise<number[]> {
  using result = scope(fn)
  return Array.from((await result.data()) as Float32Array)
}

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got).toHaveLength(want.length)
  for (const [i, value] of want.entries()) expect(got[i]).toBeCloseTo(value, 6)
}

test('Linear multiplies by the transposed weight and adds the bias', async () => {
  const layer = new Linear(2, 3, { bias: true })
  layer.bind('weight', f32([1, 2, 3, 4, 5, 6], [3, 2]))
  layer.bind('bias', f32([0.5, 0, -0.5], [3]))
  expect(await values(() => layer.forward(f32([1, -1], [1, 1, 2])))).toEqual([-0.5, -1, -1.5])
  layer.dispose()
})

test('Conv1D multiplies by the weight as it is stored', async () => {
  const layer = new Conv1D(2, 3)
  layer.bind('weight', f32([1, 2, 3, 4, 5, 6], [2, 3]))
  layer.bind('bias', f32([0.5, 0, -0.5], [3]))
  expect(await values(() => layer.forward(f32([1, -1], [1, 1, 2])))).toEqual([-2.5, -3, -3.5])
  layer.dispose()
})

test('Embedding picks rows; an id outside the table rejects the read', async () => {
  const layer = new Embedding(3, 2)
  layer.bind('weight', f32([1, 2, 3, 4, 5, 6], [3, 2]))
  expect(await values(() => layer.forward(tensor([[2, 0]])))).toEqual([5, 6, 1, 2])
  await expect(values(() => layer.forward(tensor([[3]])))).rejects.toMatchObject({
    code: 'ERR_INDEX',
  })
  layer.dispose()
})

test('RMSNorm and LayerNorm normalise rows', async () => {
  const rms = new RMSNorm(2, 0)
  rms.bind('weight', f32([1, 2], [2]))
  const root = Math.sqrt(12.5)
  expectClose(await values(() => rms.forward(f32([3, 4], [1, 2]))), [3 / root, 8 / root])
  const norm = new LayerNorm(2, 0)
  norm.bind('weight', f32([1, 2], [2]))
  norm.bind('bias', f32([0, 10], [2]))
  expectClose(await values(() => norm.forward(f32([3, 5], [1, 2]))), [-1, 12])
  rms.dispose()
  norm.dispose()
})

test('splitHeads and mergeHeads undo each other', async () => {
  const x = f32([0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 4])
  expect(await values(() => splitHeads(x, 2))).toEqual([0, 1, 4, 5, 2, 3, 6, 7])
  expect(await values(() => mergeHeads(splitHeads(x, 2)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(() => splitHeads(x, 3)).toThrow('splitHeads: x must have shape [B, T, H * 3]')
  expect(() => mergeHeads(x)).toThrow('mergeHeads: x must have shape [B, H, T, D]')
  x.dispose()
})

// torch.nn.functional at 1.5, and the formulas of transformers.activations.
test.each([
  ['gelu', 1.3997891],
  ['gelu_new', 1.3995716],
  ['gelu_pytorch_tanh', 1.3995716],
  ['quick_gelu', 1.3916622],
  ['relu', 1.5],
  ['relu2', 2.25],
  ['sigmoid', 0.8175745],
  ['silu', 1.2263618],
  ['swish', 1.2263618],
  ['tanh', 0.9051482],
])('activation %s', async (name, want) => {
  const [got] = await values(() => activation(name)(f32([1.5], [1])))
  expect(Math.abs(got! - want)).toBeLessThan(2e-6)
})

test.each(['toString', '__proto__', '', 'geglu'])('activation %j is refused', (name) => {
  expect(() => activation(name)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }))
})
