import { expect, test } from 'vitest'
import { tensor } from './create.ts'
import type { DType } from './dtype.ts'
import { HeddleError } from './errors.ts'
import { toBf16 } from './half.ts'
import { memory, synchronize } from './memory.ts'
import { scope } from './scope.ts'
import type { NestedNumbers, Tensor } from './tensor.ts'

// Cases that every elementwise op is put through. For tests only.

/** Values of a computation whose tensors are all freed again (checked). */
export async function values(compute: () => Tensor): Promise<NestedNumbers> {
  const before = memory().tensors
  const out = scope(compute)
  const list = await out.tolist()
  out.dispose()
  await synchronize()
  expect(memory().tensors).toBe(before)
  return list
}

/** The code of the error that `run` throws, or that its result carries. */
export async function codeOf(run: () => Tensor): Promise<string> {
  let out: Tensor | undefined
  try {
    out = run()
    await out.data()
  } catch (error) {
    if (HeddleError.isInstance(error)) return error.code
    throw error
  } finally {
    out?.dispose()
  }
  return 'no error'
}

/** Requires `|got - want| <= tolerance * max(1, |want|)`; NaN and infinities must be equal. */
export function close(got: NestedNumbers, want: NestedNumbers, tolerance: number): void {
  const [a, b] = [[got].flat(9) as number[], [want].flat(9) as number[]]
  expect(a.length).toBe(b.length)
  a.forEach((value, i) => {
    const w = b[i]!
    const fine =
      Object.is(value, w) ||
      value === w ||
      Math.abs(value - w) <= tolerance * Math.max(1, Math.abs(w))
    if (!fine) throw new RangeError(`element ${i}: got ${value}, want ${w} within ${tolerance}`)
  })
}

const finite = [0, -0, 0.5, -0.5, 1, -1, 1.5, -2.5, 3, -4.25, 0.001, -7, 20, -20]
const special = [Number.NaN, Infinity, -Infinity]
const widen = (bits: number) => new Float32Array(new Uint32Array([bits << 16]).buffer)[0]!

/**
 * The tests of a function of one tensor against `reference` in f64: values and specials, bf16 rounded
 * once, strided and empty inputs. `integers`: whether integers stay integers (else they become f32).
 */
export function unarySuite(
  op: (x: Tensor) => Tensor,
  reference: (x: number) => number,
  options: {
    tolerance?: number
    integers?: boolean
    specials?: boolean
    inputs?: readonly number[]
  } = {},
): void {
  const { tolerance = 1e-6, integers = false, specials = true, inputs = finite } = options
  const all = specials ? [...inputs, ...special] : [...inputs]

  test('follows the formula', async () => {
    close(
      await values(() => op(tensor(all, { dtype: 'f32' }))),
      all.map((x) => reference(Math.fround(x))),
      tolerance,
    )
    close(await values(() => op(tensor(all, { dtype: 'f64' }))), all.map(reference), 1e-12)
  })

  test('rounds bf16 once and keeps the dtype', async () => {
    const stored = all.map((x) => widen(toBf16(x)))
    const out = scope(() => op(tensor(stored, { dtype: 'bf16' })))
    expect(out.dtype).toBe('bf16')
    close(await out.tolist(), stored.map(reference), 2 ** -8)
    out.dispose()
  })

  test('takes views and empty tensors', async () => {
    const flat = Array.from({ length: 12 }, (_, i) => inputs[i % inputs.length]!)
    const got = await values(() =>
      op(
        tensor(flat, { shape: [3, 4], dtype: 'f32' })
          .transpose(0, 1)
          .slice(0, 1, 3),
      ),
    )
    const want = [1, 2].map((c) => [0, 1, 2].map((r) => reference(Math.fround(flat[r * 4 + c]!))))
    close(got, want, tolerance)
    const none = scope(() => op(tensor([], { shape: [2, 0], dtype: 'f32' })))
    expect(none.shape).toEqual([2, 0])
    none.dispose()
  })

  test(integers ? 'keeps integers' : 'turns integers into f32', async () => {
    const whole = [0, 1, 2, 3]
    const out = scope(() => op(tensor(whole, { dtype: 'i32' })))
    expect(out.dtype).toBe(integers ? 'i32' : 'f32')
    close(await out.tolist(), whole.map(reference), tolerance)
    out.dispose()
  })
}

/**
 * The tests of an operation of two tensors against `reference`: broadcasting, numbers on either side,
 * views, specials, dtypes. `result`: the dtype for f32 operands (bool for predicates).
 */
export function binarySuite(
  op: (a: Tensor | number, b: Tensor | number) => Tensor,
  reference: (a: number, b: number) => number | boolean,
  options: {
    tolerance?: number
    result?: DType
    dtypes?: readonly DType[]
    inputs?: readonly number[]
  } = {},
): void {
  const { tolerance = 1e-6, result = 'f32', dtypes = ['f32', 'f64', 'i32', 'i64'] } = options
  const pool = options.inputs ?? [3, -2, 0.5, 7, -1.25, 4, 0, -6]
  const ref = (a: number, b: number) => Number(reference(a, b))
  const ofType = (dtype: DType, list: readonly number[]) =>
    dtype.startsWith('f') ? [...list] : list.map((v) => Math.trunc(v) || 1)

  test.each(dtypes)('broadcasts and takes views and numbers in %s', async (dtype) => {
    const a = ofType(
      dtype,
      Array.from({ length: 6 }, (_, i) => pool[i % pool.length]!),
    )
    const b = ofType(
      dtype,
      Array.from({ length: 3 }, (_, i) => pool[(i * 3 + 1) % pool.length]!),
    )
    const make = (list: number[], shape: number[]) => tensor(list, { shape, dtype })
    const want = [0, 1].map((r) => [0, 1, 2].map((c) => ref(a[r * 3 + c]!, b[c]!)))
    close(await values(() => op(make(a, [2, 3]), make(b, [3]))), want, tolerance)
    const column = b.map((y) => [0, 1].map((r) => ref(a[r * 3]!, y)))
    close(
      await values(() => op(make(a, [2, 3]).slice(1, 0, 1).transpose(0, 1), make(b, [3, 1]))),
      column,
      tolerance,
    )
    const value = b[1]!
    close(
      await values(() => op(make(a, [6]), value)),
      a.map((x) => ref(x, value)),
      tolerance,
    )
    close(
      await values(() => op(value, make(a, [6]))),
      a.map((x) => ref(value, x)),
      tolerance,
    )
  })

  test('gives the right dtype, refuses shapes that do not broadcast', async () => {
    const out = scope(() => op(tensor([1, 2], { dtype: dtypes[0]! }), 1))
    expect(out.dtype).toBe(result)
    out.dispose()
    const [a, b] = [tensor([1, 2], { dtype: dtypes[0]! }), tensor([1, 2, 3], { dtype: dtypes[0]! })]
    expect(await codeOf(() => op(a, b))).toBe('ERR_SHAPE')
    expect(await codeOf(() => op(1, 2))).toBe('ERR_DTYPE')
    a.dispose()
    b.dispose()
  })
}
