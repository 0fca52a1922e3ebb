import { defineOp } from '../define-op.ts'
import { empty } from '../empty.ts'
import { launch } from '../encoder.ts'
import { ShapeError } from '../errors.ts'
import { contiguousRows, requireDType, storedFloats } from '../operands.ts'
import { broadcastShapes, broadcastStrides, shapeText } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Matrix product of `a` f32 [..., M, K] and `b` [..., K, N] (f32, bf16 or f16): f32 [..., M, N]. Leading
 * dimensions broadcast; a vector is a row on the left and a column on the right, and its dimension leaves
 * the result. A transposed view is read in place.
 */
export const matmul = defineOp(
  { name: 'matmul', gradient: 'todo' },
  (a: Tensor, b: Tensor): Tensor => {
    requireDType('matmul', 'a', a, ['f32'])
    requireDType('matmul', 'b', b, storedFloats)
    const leftShape = a.rank === 1 ? [1, ...a.shape] : a.shape
    const rightShape = b.rank === 1 ? [...b.shape, 1] : b.shape
    const [m, k] = leftShape.slice(-2)
    const [depth, n] = rightShape.slice(-2)
    if (leftShape.length < 2 || rightShape.length < 2 || k !== depth) {
      throw new ShapeError(
        `matmul: the last dimension of a must equal the last but one of b; got ${shapeText(a.shape)} and ${shapeText(b.shape)}.`,
      )
    }
    const batch = broadcastShapes('matmul', leftShape.slice(0, -2), rightShape.slice(0, -2))
    const tail = [...(a.rank === 1 ? [] : [m!]), ...(b.rank === 1 ? [] : [n!])]
    const out = empty('matmul', [...batch, ...tail], 'f32')
    const left = a.rank === 1 ? a.unsqueeze(0) : a.view(a.shape, a.strides)
    const right = b.rank === 1 ? b.unsqueeze(1) : b.view(b.shape, b.strides)
    let [x, y] = [contiguousRows(left), columnsOrRows(right)]
    let dims = mergeBatch(batch, x, y)
    if (!dims) {
      // Broadcast in a way that two batch dimensions cannot say: spelled out in memory.
      const [spreadX, spreadY] = [spread(x, batch), spread(y, batch)]
      x.dispose()
      y.dispose()
      x = spreadX
      y = spreadY
      dims = mergeBatch(batch, x, y)!
    }
    const sizes = dims.map((dim) => dim.size)
    const operandX = x.view(
      [...sizes, m!, k!],
      [...dims.map((dim) => dim.x), ...x.strides.slice(-2)],
    )
    const operandY = y.view(
      [...sizes, k!, n!],
      [...dims.map((dim) => dim.y), ...y.strides.slice(-2)],
    )
    launch('matmul', 'iiio', [operandX, operandY, undefined, out])
    for (const view of [left, right, x, y, operandX, operandY]) view.dispose()
    return out
  },
)

/** The same elements with one of the last two dimensions contiguous: `b` itself, or a copy. */
function columnsOrRows(b: Tensor): Tensor {
  return b.strides[b.rank - 2] === 1 ? b : contiguousRows(b)
}

/** A copy that repeats what is broadcast. */
function spread(x: Tensor, batch: readonly number[]): Tensor {
  const view = x.expand([...batch, ...x.shape.slice(-2)])
  const copy = view.clone()
  view.dispose()
  return copy
}

interface BatchDim {
  size: number
  /** Strides of a and b; 0 repeats the same matrix. */
  x: number
  y: number
}

/** The batch dimensions as two, neighbours merged, or undefined when they take more. */
function mergeBatch(batch: readonly number[], x: Tensor, y: Tensor): BatchDim[] | undefined {
  const stridesOf = (t: Tensor) =>
    broadcastStrides(t.shape.slice(0, -2), t.strides.slice(0, -2), batch)
  const [xs, ys] = [stridesOf(x), stridesOf(y)]
  const dims: BatchDim[] = []
  batch.forEach((size, i) => {
    if (size === 1) return
    const dim = { size, x: xs[i]!, y: ys[i]! }
    const last = dims[dims.length - 1]
    if (last && last.x === dim.x * size && last.y === dim.y * size) {
      last.size *= size
      last.x = dim.x
      last.y = dim.y
    } else dims.push(dim)
  })
  if (dims.length > 2) return undefined
  while (dims.length < 2) dims.unshift({ size: 1, x: 0, y: 0 })
  return dims
}
