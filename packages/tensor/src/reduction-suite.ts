import { expect, test } from 'vitest'
import { tensor } from './create.ts'
import type { DType } from './dtype.ts'
import { close, codeOf, values } from './op-suite.ts'
import type { ReduceOptions } from './reduction.ts'
import { scope } from './scope.ts'
import type { NestedNumbers, Tensor } from './tensor.ts'

// Cases that every reduction is put through. For tests only.

const shape = [2, 3, 4]
const data = Array.from({ length: 24 }, (_, i) => ((i * 7) % 11) - 3.5)
const at = (i: number, j: number, k: number) => data[i * 12 + j * 4 + k]!
const range = (n: number) => Array.from({ length: n }, (_, i) => i)

/**
 * The tests of a reduction against `reference` of a list: every choice of axes, views, 16-bit floats.
 * `empty`: the value of nothing, or the code of its error; `integers`: the dtype for i32.
 */
export function reductionSuite(
  op: (x: Tensor, options?: ReduceOptions) => Tensor,
  reference: (list: number[]) => number,
  options: { empty: number | string; integers?: DType | 'ERR_DTYPE'; tolerance?: number },
): void {
  const { tolerance = 1e-6, integers } = options
  const make = () => tensor(data, { shape, dtype: 'f32' })
  const check = async (build: () => Tensor, want: NestedNumbers) =>
    close(await values(build), want, tolerance)

  test('reduces any axes', async () => {
    const [I, J, K] = [range(2), range(3), range(4)]
    await check(() => op(make()), reference(data))
    await check(
      () => op(make(), { axis: 0 }),
      J.map((j) => K.map((k) => reference(I.map((i) => at(i, j, k))))),
    )
    await check(
      () => op(make(), { axis: 1 }),
      I.map((i) => K.map((k) => reference(J.map((j) => at(i, j, k))))),
    )
    await check(
      () => op(make(), { axis: -1 }),
      I.map((i) => J.map((j) => reference(K.map((k) => at(i, j, k))))),
    )
    await check(
      () => op(make(), { axis: [1, 2] }),
      I.map((i) => reference(J.flatMap((j) => K.map((k) => at(i, j, k))))),
    )
    await check(
      () => op(make(), { axis: [2, 0] }),
      J.map((j) => reference(I.flatMap((i) => K.map((k) => at(i, j, k))))),
    )
    const kept = scope(() => op(make(), { axis: [0, 2], keepDims: true }))
    expect(kept.shape).toEqual([1, 3, 1])
    kept.dispose()
  })

  test('takes views and scalars', async () => {
    const column = range(3).map((j) => reference([0, 1].map((i) => at(i, j, 2))))
    await check(() => op(make().select(2, 2).transpose(0, 1), { axis: 1 }), column)
    await check(() => op(tensor(2.5), { axis: -1 }), reference([2.5]))
  })

  test.each([
    ['bf16', 2 ** -8],
    ['f16', 2 ** -11],
    ['f64', 1e-12],
  ] as const)('reduces %s', async (dtype, step) => {
    const exact = data.slice(0, 8) // A product of all would leave f16.
    const out = scope(() => op(tensor(exact, { dtype })))
    if (out.dtype === dtype) close(await out.tolist(), reference(exact), step)
    else expect(await out.item()).toBe(reference(exact))
    out.dispose()
  })

  test('treats integers and nothing by the rule', async () => {
    const whole = tensor([3, 0, 4, 1])
    if (integers === 'ERR_DTYPE') expect(await codeOf(() => op(whole))).toBe('ERR_DTYPE')
    else {
      const out = op(whole)
      expect(out.dtype).toBe(integers ?? 'i64')
      close(await out.tolist(), reference([3, 0, 4, 1]), tolerance)
      out.dispose()
    }
    const none = tensor([], { shape: [2, 0], dtype: 'f32' })
    if (typeof options.empty === 'string') {
      expect(await codeOf(() => op(none, { axis: 1 }))).toBe(options.empty)
    } else close(await values(() => op(none, { axis: 1 })), [options.empty, options.empty], 0)
    whole.dispose()
    none.dispose()
  })

  test('refuses axes that do not exist or repeat', async () => {
    const x = make()
    expect(await codeOf(() => op(x, { axis: 3 }))).toBe('ERR_SHAPE')
    expect(await codeOf(() => op(x, { axis: [1, -2] }))).toBe('ERR_SHAPE')
    x.dispose()
  })
}
