import { empty } from './empty.ts'
import { launch } from './encoder.ts'
import { computable } from './elementwise.ts'
import { type DType, isFloat } from './dtype.ts'
import { ShapeError } from './errors.ts'
import { scope } from './scope.ts'
import { normalizeAxis, shapeText } from './shape.ts'
import type { Tensor } from './tensor.ts'

// What reductions share: axes, and the command `reduce`.

/** Which axes a reduction runs over (all of them without `axis`), and whether they stay as size 1. */
export interface ReduceOptions {
  axis?: number | readonly number[]
  keepDims?: boolean
}

/** Codes of the `reduce` command: the order of `Reduce::ALL` in native/crates/kernels/src/reduce.rs. */
const codes = { sum: 0, mean: 1, prod: 2, max: 3, min: 4, any: 5, all: 6 } as const

export type ReduceName = keyof typeof codes

/** The axes of a reduction from the start, ascending. */
export function reducedAxes(where: string, x: Tensor, axis: ReduceOptions['axis']): number[] {
  if (axis === undefined) return x.shape.map((_, i) => i)
  const list = typeof axis === 'number' ? [axis] : axis
  // A scalar has no axis, but torch (and so checkpoints' code) names its 0 and -1.
  if (x.rank === 0) return (list.forEach((a) => normalizeAxis(where, a, 1)), [])
  const axes = list.map((a) => normalizeAxis(where, a, x.rank, x.shape))
  if (new Set(axes).size !== axes.length) {
    throw new ShapeError(`${where}: axes must be different; got ${shapeText(list)}.`)
  }
  return axes.sort((a, b) => a - b)
}

/** The shape after a reduction. */
export function reducedShape(
  shape: readonly number[],
  axes: readonly number[],
  keepDims = false,
): number[] {
  if (keepDims) return shape.map((dim, i) => (axes.includes(i) ? 1 : dim))
  return shape.filter((_, i) => !axes.includes(i))
}

/**
 * `x` as a contiguous tensor whose reduced axes are one: [kept..., reduced, kept...] with the position of
 * the reduced axis. Axes that do not lie together are moved to the end. Call inside a scope.
 */
export function joinAxes(x: Tensor, axes: readonly number[]): { joined: Tensor; axis: number } {
  if (axes.length === 0) return { joined: x.contiguous().unsqueeze(-1), axis: x.rank }
  const together = axes.every((axis, i) => axis === axes[0]! + i)
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i))
  const ordered = together ? x : x.permute([...kept, ...axes])
  const first = together ? axes[0]! : kept.length
  const length = axes.reduce((n, axis) => n * x.shape[axis]!, 1)
  const rest = ordered.shape.slice(first + axes.length)
  return {
    joined: ordered.contiguous().reshape([...ordered.shape.slice(0, first), length, ...rest]),
    axis: first,
  }
}

function outputType(name: ReduceName, dtype: DType): DType {
  return (name === 'sum' || name === 'prod') && !isFloat(dtype) ? 'i64' : dtype
}

/** Enqueues a reduction of `x` over the axes of `options`. */
export function reduce(name: ReduceName, x: Tensor, options: ReduceOptions): Tensor {
  computable(name, x.dtype)
  const axes = reducedAxes(name, x, options.axis)
  if ((name === 'max' || name === 'min') && axes.some((axis) => x.shape[axis] === 0)) {
    throw new ShapeError(
      `${name}: the reduced axes must not be empty; got shape ${shapeText(x.shape)}.`,
    )
  }
  return scope(() => {
    const { joined, axis } = joinAxes(x, axes)
    const shape = reducedShape(x.shape, axes, options.keepDims)
    const out = empty(name, shape, outputType(name, x.dtype))
    launch('reduce', 'io', [joined, out], (p) => p.u32(codes[name]).u32(axis))
    return out
  })
}
