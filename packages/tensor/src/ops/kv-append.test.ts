import { expect, test } from 'vitest'
import { tensor, zeros } from '../create.ts'
import { scope } from '../scope.ts'
import { kvAppend } from './kv-append.ts'

test('writes keys in blocks of sixteen tokens and values as they are', async () => {
  const [batch, groups, capacity, dim, tokens] = [1, 2, 32, 3, 4]
  const k = zeros([batch, groups, capacity / 16, dim, 16], { dtype: 'bf16' })
  const v = zeros([batch, groups, capacity, dim], { dtype: 'bf16' })
  scope(() => {
    // Memory order [B, T, G, D], as projections give it.
    const values = Float32Array.from({ length: tokens * groups * dim }, (_, i) => i + 1)
    const x = tensor(values, { shape: [batch, tokens, groups, dim] }).transpose(1, 2)
    kvAppend(k, v, x, x, tensor([14], { dtype: 'i32' }))
  })
  const keys = (await k.data()) as Float32Array
  const values = (await v.data()) as Float32Array
  for (let g = 0; g < groups; g++) {
    for (let j = 0; j < capacity; j++) {
      for (let d = 0; d < dim; d++) {
        const stored = j >= 14 && j < 18
        const want = stored ? ((j - 14) * groups + g) * dim + d + 1 : 0
        expect(keys[((g * 2 + Math.floor(j / 16)) * dim + d) * 16 + (j % 16)]).toBe(want)
        expect(values[(g * capacity + j) * dim + d]).toBe(want)
      }
    }
  }
  k.dispose()
  v.dispose()
})

test('a full cache poisons the cache and says what to do', async () => {
  const k = zeros([1, 1, 1, 2, 16])
  const v = zeros([1, 1, 16, 2])
  scope(() => {
    const x = tensor(new Float32Array(6), { shape: [1, 1, 3, 2] })
    kvAppend(k, v, x, x, tensor([14], { dtype: 'i32' }))
  })
  await expect(v.data()).rejects.toMatchObject({
    code: 'ERR_CACHE_FULL',
    message: expect.stringContaining('past 14'),
  })
  k.dispose()
  v.dispose()
})

test('refuses tensors that are no cache, or do not fit it', () => {
  scope(() => {
    const k = zeros([1, 1, 1, 2, 16])
    const v = zeros([1, 1, 16, 2])
    const past = tensor([0], { dtype: 'i32' })
    const x = zeros([1, 1, 3, 2])
    const shape = expect.objectContaining({ code: 'ERR_SHAPE' })
    expect(() => kvAppend(v, v, x, x, past)).toThrow(shape)
    expect(() => kvAppend(k, v, zeros([1, 1, 3, 4]), x, past)).toThrow(shape)
    expect(() => kvAppend(k, v, zeros([1, 2, 3, 2]), zeros([1, 2, 3, 2]), past)).toThrow(shape)
    expect(() => kvAppend(k, v, x, zeros([1, 1, 4, 2]), past)).toThrow(shape)
    const dtype = expect.objectContaining({ code: 'ERR_DTYPE' })
    expect(() => kvAppend(k, v.to('bf16'), x, x, past)).toThrow(dtype)
    expect(() => kvAppend(k, v, x, x, tensor([0], { dtype: 'i64' }))).toThrow(dtype)
  })
})
