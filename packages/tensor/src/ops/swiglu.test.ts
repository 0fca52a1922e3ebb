import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { close, codeOf, values } from '../op-suite.ts'
import { scope } from '../scope.ts'
import { swiglu } from './swiglu.ts'

const gates = [0, 1, -1, 2, -3, 0.5]
const ups = [1, 2, 3, -4, 5, -0.25]
const want = gates.map((v, i) => (v / (1 + Math.exp(-v))) * ups[i]!)

test('multiplies the activated gate with up, also as halves of one tensor', async () => {
  const make = (list: number[]) => tensor(list, { shape: [2, 3], dtype: 'f32' })
  close(await values(() => swiglu(make(gates), make(ups))), want, 1e-6)
  const rows = [0, 1].flatMap((r) => [
    ...gates.slice(r * 3, r * 3 + 3),
    ...ups.slice(r * 3, r * 3 + 3),
  ])
  const halves = () => {
    const both = tensor(rows, { shape: [2, 6], dtype: 'f32' })
    return swiglu(both.slice(1, 0, 3), both.slice(1, 3, 6))
  }
  close(await values(halves), want, 1e-6)
})

test('rounds bf16 and f16 once', async () => {
  for (const [dtype, step] of [
    ['bf16', 2 ** -8],
    ['f16', 2 ** -11],
  ] as const) {
    const out = scope(() => swiglu(tensor(gates, { dtype }), tensor(ups, { dtype })))
    expect(out.dtype).toBe(dtype)
    close(await out.tolist(), want, step)
    out.dispose()
  }
})

test('refuses other dtypes and shapes', async () => {
  const [i, f, long] = [tensor([1]), tensor([1.5]), tensor([1.5, 2.5])]
  expect(await codeOf(() => swiglu(i, i))).toBe('ERR_DTYPE')
  expect(await codeOf(() => swiglu(f, long))).toBe('ERR_SHAPE')
  for (const t of [i, f, long]) t.dispose()
})
