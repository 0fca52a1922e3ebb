import { expect, test } from 'vitest'
import { fromBytes, tensor } from '../create.ts'
import { type DType, dtypes, isFloat } from '../dtype.ts'
import { codeOf, values } from '../op-suite.ts'
import { copy } from './copy.ts'

const plain = dtypes.filter((dtype) => !dtype.startsWith('f8')) as DType[]

test.each(plain)('converts %s to every other dtype', async (from) => {
  for (const to of plain) {
    const whole = from === 'bool' || to === 'bool' ? [0, 1, 1] : [0, 7, 100]
    expect(await values(() => copy(tensor(whole, { dtype: from }), { dtype: to }))).toEqual(whole)
  }
})

test('truncates, wraps and rounds as the dtype says', async () => {
  const cast = (list: number[], from: DType, to: DType) =>
    values(() => copy(tensor(list, { dtype: from }), { dtype: to }))
  expect(await cast([1.9, -1.9, 0.1], 'f32', 'i32')).toEqual([1, -1, 0])
  expect(await cast([300, -1], 'i32', 'u8')).toEqual([44, 255])
  expect(await cast([0.1, 0, Number.NaN], 'f32', 'bool')).toEqual([1, 0, 1])
  expect(await cast([1 + 2 ** -8, 1 + 3 * 2 ** -8], 'f32', 'bf16')).toEqual([1, 1 + 2 ** -6])
  expect(await cast([65_520, 65_519, 2 ** -25], 'f32', 'f16')).toEqual([Infinity, 65_504, 0])
  expect(isFloat('f16')).toBe(true)
})

test('makes views contiguous, of up to 8 dimensions', async () => {
  const x = () => tensor([1, 2, 3, 4, 5, 6], { shape: [1, 2, 1, 3, 1, 1, 1, 1], dtype: 'i16' })
  const got = await values(() => copy(x().permute([3, 1, 0, 2, 4, 5, 6, 7])).reshape([3, 2]))
  expect(got).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ])
})

test('copies float8 but does not convert it', async () => {
  const x = fromBytes(Uint8Array.of(1, 2, 3, 4), [2, 2], 'f8e4m3')
  const turned = copy(x.transpose(0, 1))
  expect(new Uint8Array(await turned.bytes())).toEqual(Uint8Array.of(1, 3, 2, 4))
  expect(await codeOf(() => copy(x, { dtype: 'f32' }))).toBe('ERR_DTYPE')
})
