import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { scope } from '../scope.ts'
import { layerNorm } from './layer-norm.ts'

test('normalizes rows, then scales and shifts them', async () => {
  const y = scope(() =>
    layerNorm(
      tensor(
        [
          [1, 3],
          [-2, 2],
        ],
        { dtype: 'f32' },
      ),
      tensor([2, 3], { dtype: 'f16' }),
      tensor([10, 20], { dtype: 'f32' }),
      { eps: 0 },
    ),
  )
  expect(Array.from((await y.data()) as Float32Array)).toEqual([8, 23, 8, 23])
  y.dispose()
})

test('weight and bias are optional, one by one', async () => {
  const [plain, shifted] = scope(() => {
    const x = tensor([[1, 3]], { dtype: 'f32' })
    return [
      layerNorm(x, undefined, undefined, { eps: 3 }),
      layerNorm(x, undefined, tensor([1, 1], { dtype: 'f32' }), { eps: 3 }),
    ]
  })
  expect(Array.from((await plain!.data()) as Float32Array)).toEqual([-0.5, 0.5])
  expect(Array.from((await shifted!.data()) as Float32Array)).toEqual([0.5, 1.5])
  plain!.dispose()
  shifted!.dispose()
})

test('refuses parameters of another size', () => {
  scope(() => {
    const x = tensor([[1, 3]], { dtype: 'f32' })
    expect(() => layerNorm(x, undefined, tensor([1], { dtype: 'f32' }), { eps: 0 })).toThrow(
      /bias must be \[2\]/,
    )
    expect(() => layerNorm(x, undefined, tensor([1, 1]), { eps: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_DTYPE' }),
    )
  })
})
