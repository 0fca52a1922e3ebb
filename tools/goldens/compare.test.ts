import { describe, expect, it } from 'vitest'
import { closeTo, near, sameIds, sameRows, sameText, within } from './compare.mjs'

const lowest = -3.4028234663852886e38

describe('closeTo', () => {
  const options = { bound: 1e-4, shape: [2, 2] }

  it('scales the bound by the largest value expected, and by 1 at least', () => {
    expect(closeTo([0.00009, 0, 0, 0.5], [0, 0, 0, 0.5], options)).toBeUndefined()
    expect(closeTo([0, 0, 0, 0.5002], [0, 0, 0, 0.5], options)).toBe(
      'largest difference 0.0002 at [1, 1] (got 0.5002, want 0.5), bound 0.0001',
    )
    expect(closeTo([0, 0, 0, 20.001], [0, 0, 0, 20], options)).toBeUndefined()
    expect(closeTo([0, 0, 0, 20.003], [0, 0, 0, 20], options)).toContain('bound 0.002')
  })

  it('takes NaN and infinities for equal only when both have them', () => {
    expect(closeTo([NaN, Infinity], [NaN, Infinity], { bound: 1e-4 })).toBeUndefined()
    expect(closeTo([NaN], [1], { bound: 1e-4 })).toContain('got NaN, want 1')
    expect(closeTo([1], [NaN], { bound: 1e-4 })).toContain('got 1, want NaN')
    expect(closeTo([1], [Infinity], { bound: 1e-4 })).toContain('largest difference Infinity')
    expect(closeTo([-Infinity], [Infinity], { bound: 1e-4 })).toContain('at [0]')
  })

  it('leaves elements out of both sides of the bound', () => {
    const counts = (i: number) => i !== 1
    expect(closeTo([1, 5], [1, 9000], { bound: 1e-4, counts })).toBeUndefined()
    expect(closeTo([1.01, 5], [1, 9000], { bound: 1e-4, counts })).toContain('bound 0.0001')
  })

  it('meets masked values with masked ones, whose size bounds nothing', () => {
    expect(closeTo([1, lowest], [1, lowest], { bound: 1e-4 })).toBeUndefined()
    expect(closeTo([1, -Infinity], [1, lowest], { bound: 1e-4 })).toBeUndefined()
    expect(closeTo([1, -1000], [1, lowest], { bound: 1e-4 })).toContain('at [1]')
    expect(closeTo([1.1, lowest], [1, lowest], { bound: 1e-4 })).toContain('bound 0.0001')
  })

  it('needs as many values', () => {
    expect(closeTo([1], [1, 2], { bound: 1 })).toBe('1 values, expected 2')
  })
})

describe('within', () => {
  it('allows atol + rtol |want| for each element by itself', () => {
    const tolerance = { atol: 1e-6, rtol: 1e-5 }
    expect(within([100.0009, 0], [100, 0], tolerance)).toBeUndefined()
    expect(within([100, 0.0009], [100, 0], tolerance)).toBe(
      'difference 0.0009 at [1] (got 0.0009, want 0), bound 0.000001',
    )
  })

  it('compares exactly when both are 0', () => {
    const exact = { atol: 0, rtol: 0 }
    expect(within([-0, NaN, -Infinity], [0, NaN, -Infinity], exact)).toBeUndefined()
    expect(within([1 + 2 ** -52], [1], exact)).toContain('bound 0')
    expect(within([NaN], [0], { atol: 1, rtol: 1 })).toContain('got NaN')
    expect(within([3e38], [Infinity], { atol: 1, rtol: 1 })).toContain('bound 0')
    expect(within([Infinity], [3e38], { atol: 1, rtol: 1e-5 })).toContain('got Infinity')
  })

  it('tells 64-bit integers apart that are the same float', () => {
    const want = BigInt64Array.of(2n ** 60n)
    expect(within(want, want, { atol: 0, rtol: 0 })).toBeUndefined()
    expect(within([2n ** 60n + 1n], want, { atol: 0, rtol: 0 })).toContain('difference 1 at [0]')
  })
})

describe('lists and texts', () => {
  it('say where they differ first', () => {
    expect(sameIds(Int32Array.of(1, 2), [1, 2])).toBeUndefined()
    expect(sameIds([1, 3], [1, 2])).toContain('first difference at 1 (got 3, want 2)')
    expect(sameIds([1], [1, 2])).toContain('got nothing, want 2')
    expect(sameIds([1, 2], [1])).toContain('got 2, want nothing')
    expect(sameIds([NaN], [0])).toContain('got NaN')
    expect(sameRows([[1], [2]], [[1], [3]])).toContain('row 1: first difference at 0')
    expect(sameRows([[1]], [[1], [3]])).toBe('1 rows, expected 2')
    expect(sameText('abc', 'abc')).toBeUndefined()
    expect(sameText('abc', 'abd')).toContain('character 2')
    expect(near(1, 1.05, 0.1)).toBeUndefined()
    expect(near(NaN, 1, 0.1)).toContain('bound 0.1')
    expect(near(1, undefined as never, 0.1)).toContain('bound 0.1')
  })
})
