import { type DType, bytesPerElement, dtypes } from './dtype.ts'
import { DTypeError, ShapeError } from './errors.ts'

/** Most dimensions a tensor can have. */
export const maxRank = 8
const maxDim = 2 ** 31 - 1

/** Text of a shape in messages: `[2, 5]`. */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`

/** Number of elements; throws ERR_SHAPE or ERR_SHAPE_OVERFLOW for a shape no tensor can have. */
export function sizeOf(where: string, shape: readonly number[]): number {
  if (!Array.isArray(shape)) {
    throw new ShapeError(`${where}: a shape must be an array of integers; got ${String(shape)}.`)
  }
  if (shape.length > maxRank) {
    throw new ShapeError(
      `${where}: a tensor has at most ${maxRank} dimensions; got ${shape.length}.`,
    )
  }
  let size = 1
  let empty = false
  for (const dim of shape) {
    if (!Number.isInteger(dim) || dim < 0) {
      throw new ShapeError(`${where}: dimensions must be integers >= 0; got ${shapeText(shape)}.`)
    }
    if (dim > maxDim) {
      throw new ShapeError(
        `${where}: a dimension must be below 2^31; got ${shapeText(shape)}.`,
        'ERR_SHAPE_OVERFLOW',
      )
    }
    if (dim === 0) empty = true
    else size *= dim
    if (size > Number.MAX_SAFE_INTEGER) {
      throw new ShapeError(
        `${where}: the number of elements must be below 2^53; got ${shapeText(shape)}.`,
        'ERR_SHAPE_OVERFLOW',
      )
    }
  }
  return empty ? 0 : size
}

/** Bytes of a tensor; throws ERR_SHAPE_OVERFLOW when they leave 2^53. */
export function byteSize(where: string, shape: readonly number[], dtype: DType): number {
  if (!Object.hasOwn(bytesPerElement, dtype)) {
    throw new DTypeError(
      `${where}: dtype must be one of ${dtypes.join(', ')}; got ${String(dtype)}.`,
    )
  }
  const bytes = sizeOf(where, shape) * bytesPerElement[dtype]
  if (bytes > Number.MAX_SAFE_INTEGER) {
    throw new ShapeError(
      `${where}: bytes must be below 2^53; got ${shapeText(shape)} of ${dtype}.`,
      'ERR_SHAPE_OVERFLOW',
    )
  }
  return bytes
}

/** Row-major strides in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step
    step *= Math.max(1, shape[i]!)
  }
  return strides
}

/** True when the elements lie in row-major order without gaps (strides of dimensions of size 1 do not matter). */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1
  if (shape.includes(0)) return true
  for (let i = shape.length - 1; i >= 0; i--) {
    const dim = shape[i]!
    if (dim !== 1 && strides[i] !== step) return false
    step *= dim
  }
  return true
}

/** Turns an axis that may count from the end into one from the start. */
export function normalizeAxis(
  where: string,
  axis: number,
  rank: number,
  shape?: readonly number[],
): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const of = shape ? ` for shape ${shapeText(shape)}` : ''
    throw new ShapeError(
      `${where}: axis must be between ${-rank} and ${rank - 1}${of}; got ${axis}.`,
    )
  }
  return axis < 0 ? axis + rank : axis
}

/** Shape that all the given shapes broadcast to (trailing dimensions equal, or 1). */
export function broadcastShapes(where: string, ...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  const out = new Array<number>(rank).fill(1)
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i
      const dim = shape[i]!
      if (dim === 1 || dim === out[at]) continue
      if (out[at] !== 1) {
        throw new ShapeError(
          `${where}: shapes must broadcast (trailing dimensions equal or 1); got ${shapes.map(shapeText).join(' and ')}.`,
        )
      }
      out[at] = dim
    }
  }
  return out
}

/** Strides that read a tensor as if it had the broadcast `shape`: 0 where a dimension repeats. */
export function broadcastStrides(
  from: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): number[] {
  const lead = shape.length - from.length
  return shape.map((dim, i) =>
    i < lead || (from[i - lead] === 1 && dim !== 1) ? 0 : strides[i - lead]!,
  )
}

/** Replaces one -1 of `shape` by what the number of elements leaves; checks that the sizes agree. */
export function resolveReshape(where: string, size: number, shape: readonly number[]): number[] {
  const open = shape.indexOf(-1)
  if (open < 0) {
    if (sizeOf(where, shape) !== size) {
      throw new ShapeError(
        `${where}: the new shape must have ${size} elements; got ${shapeText(shape)}.`,
      )
    }
    return [...shape]
  }
  const known = sizeOf(
    where,
    shape.filter((_, i) => i !== open),
  )
  if (known === 0 || size % known !== 0) {
    throw new ShapeError(
      `${where}: -1 cannot be solved for ${size} elements; got ${shapeText(shape)}.`,
    )
  }
  const solved = shape.map((dim, i) => (i === open ? size / known : dim))
  sizeOf(where, solved)
  return solved
}

/** Strides of the same elements under another shape, or undefined when only a copy can give it. */
export function reshapeStrides(
  shape: readonly number[],
  strides: readonly number[],
  next: readonly number[],
): number[] | undefined {
  if (next.includes(0)) return contiguousStrides(next)
  const from: [number, number][] = []
  shape.forEach((dim, i) => {
    if (dim !== 1) from.push([dim, strides[i]!])
  })
  // Merge neighbours that lie one after the other, then cut the runs into the new dimensions.
  const runs: [number, number][] = []
  for (const [dim, stride] of from) {
    const last = runs[runs.length - 1]
    if (last && last[1] === stride * dim) {
      last[0] *= dim
      last[1] = stride
    } else runs.push([dim, stride])
  }
  const out = new Array<number>(next.length)
  let run = runs.length - 1
  let left = run >= 0 ? runs[run]![0] : 1
  let step = run >= 0 ? runs[run]![1] : 1
  for (let i = next.length - 1; i >= 0; i--) {
    const dim = next[i]!
    if (dim === 1) {
      out[i] = step
      continue
    }
    if (left === 1 && run > 0) {
      run--
      left = runs[run]![0]
      step = runs[run]![1]
    }
    if (left % dim !== 0) return undefined
    out[i] = step
    step *= dim
    left /= dim
  }
  return out
}
