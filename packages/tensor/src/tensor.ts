import type { DType, TensorData } from './dtype.ts'
import { enqueueRead } from './encoder.ts'
import { DisposedError, HeddleError, OutOfMemoryError, ShapeError } from './errors.ts'
import { fromBf16, fromF16 } from './half.ts'
import { flush } from './stream.ts'
import { currentOwner, type Owner, tensorBrand } from './scope.ts'
import {
  broadcastStrides,
  broadcastShapes,
  contiguousStrides,
  isContiguous,
  maxRank,
  normalizeAxis,
  resolveReshape,
  reshapeStrides,
  shapeText,
  sizeOf,
} from './shape.ts'
import { counters, type Storage } from './storage.ts'
import { abs } from './ops/abs.ts'
import { add } from './ops/add.ts'
import { argmax } from './ops/argmax.ts'
import { div } from './ops/div.ts'
import { eq } from './ops/eq.ts'
import { exp } from './ops/exp.ts'
import { ge } from './ops/ge.ts'
import { gelu } from './ops/gelu.ts'
import { gt } from './ops/gt.ts'
import { le } from './ops/le.ts'
import { log } from './ops/log.ts'
import { logSoftmax } from './ops/log-softmax.ts'
import { lt } from './ops/lt.ts'
import { matmul } from './ops/matmul.ts'
import { maximum } from './ops/maximum.ts'
import { mean } from './ops/mean.ts'
import { minimum } from './ops/minimum.ts'
import { mul } from './ops/mul.ts'
import { ne } from './ops/ne.ts'
import { neg } from './ops/neg.ts'
import { pow } from './ops/pow.ts'
import { relu } from './ops/relu.ts'
import { sigmoid } from './ops/sigmoid.ts'
import { silu } from './ops/silu.ts'
import { softmax } from './ops/softmax.ts'
import { sqrt } from './ops/sqrt.ts'
import { square } from './ops/square.ts'
import { sub } from './ops/sub.ts'
import { sum } from './ops/sum.ts'
import { tanh } from './ops/tanh.ts'
import { copy } from './ops/copy.ts'

// The safety net for tensors that nobody freed, and for those of a `Scope` that was dropped without
// `dispose()`. Tensors of a running `scope()` need none.
const registry = new FinalizationRegistry<Storage>((storage) => {
  counters.rescued++
  counters.tensors--
  storage.release()
})

/**
 * An n-dimensional array on a device. A small object: the memory is a numbered native buffer, and
 * operations are enqueued, not executed. Read values with `await data()` or `await item()`.
 */
export class Tensor {
  /** Size of each dimension. */
  readonly shape: readonly number[]
  /** Distance of neighbours along each dimension, in elements. */
  readonly strides: readonly number[]
  /** First element within the storage, in elements. */
  readonly offset: number
  readonly dtype: DType
  readonly device = 'cpu' as const
  /** True when the elements lie in row-major order without gaps. */
  readonly isContiguous: boolean
  readonly #storage: Storage
  #owner: Owner | undefined
  #registered = false
  #disposed = false

  /** Use `tensor()`, `zeros()`, ...; this constructor is for operations. */
  constructor(
    storage: Storage,
    shape: readonly number[],
    dtype: DType,
    strides?: readonly number[],
    offset = 0,
  ) {
    this.#storage = storage.retain()
    this.shape = shape
    this.dtype = dtype
    this.strides = strides ?? contiguousStrides(shape)
    this.offset = offset
    this.isContiguous = strides === undefined || isContiguous(shape, strides)
    counters.tensors++
    this.#own(currentOwner())
  }

  get [tensorBrand](): true {
    return true
  }

  /** The memory behind this tensor; throws ERR_TENSOR_DISPOSED after `dispose()`. */
  get storage(): Storage {
    if (this.#disposed) {
      throw new DisposedError(
        `Tensor: must not be used after dispose(); got one of shape ${shapeText(this.shape)}. Keep it alive, or return it from its scope.`,
      )
    }
    return this.#storage
  }

  get isDisposed(): boolean {
    return this.#disposed
  }

  /** Number of dimensions. */
  get rank(): number {
    return this.shape.length
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf('Tensor', this.shape)
  }

  /** Frees this tensor's hold on its memory. Idempotent; views keep theirs. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#owner?.forget(this)
    this.#owner = undefined
    if (this.#registered) registry.unregister(this)
    counters.tensors--
    this.#storage.release()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** Gives the tensor to another owner (undefined: to nobody, it lives until `dispose()`). */
  moveTo(owner: Owner | undefined): void {
    if (this.#disposed || owner === this.#owner) return
    this.#owner?.forget(this)
    this.#own(owner)
  }

  #own(owner: Owner | undefined): void {
    this.#owner = owner
    owner?.adopt(this)
    const register = !owner?.synchronous
    if (register === this.#registered) return
    this.#registered = register
    if (register) registry.register(this, this.#storage, this)
    else registry.unregister(this)
  }

  /** A view of the same memory; strides and offset must stay inside (callers checked). */
  view(shape: readonly number[], strides: readonly number[], offset = this.offset): Tensor {
    if (shape.length > maxRank) sizeOf('Tensor', shape)
    return new Tensor(this.storage, shape, this.dtype, strides, offset)
  }

  /** The same elements in row-major order: this tensor's view when they already are, else a copy. */
  contiguous(): Tensor {
    return this.isContiguous ? this.view(this.shape, this.strides) : copy(this)
  }

  /** A copy with memory of its own. */
  clone(): Tensor {
    return copy(this)
  }

  /** The same values as another dtype (a view when it is the same one). */
  to(dtype: DType): Tensor {
    return dtype === this.dtype ? this.view(this.shape, this.strides) : copy(this, { dtype })
  }

  /** The same elements under another shape; one -1 is solved. Copies only when strides force it. */
  reshape(shape: readonly number[]): Tensor {
    const next = resolveReshape('reshape', this.size, shape)
    const strides = this.isContiguous
      ? contiguousStrides(next)
      : reshapeStrides(this.shape, this.strides, next)
    return strides ? this.view(next, strides) : copy(this).#as(next)
  }

  #as(shape: readonly number[]): Tensor {
    const out = this.view(shape, contiguousStrides(shape))
    this.dispose()
    return out
  }

  /** Reorders the dimensions: a view. */
  permute(axes: readonly number[]): Tensor {
    const order = axes.map((axis) => normalizeAxis('permute', axis, this.rank, this.shape))
    if (order.length !== this.rank || new Set(order).size !== this.rank) {
      throw new ShapeError(
        `permute: axes must name each of the ${this.rank} dimensions once; got ${shapeText(axes)}.`,
      )
    }
    return this.view(
      order.map((axis) => this.shape[axis]!),
      order.map((axis) => this.strides[axis]!),
    )
  }

  /** Swaps two dimensions: a view. */
  transpose(a: number, b: number): Tensor {
    const axes = this.shape.map((_, i) => i)
    const i = normalizeAxis('transpose', a, this.rank, this.shape)
    const j = normalizeAxis('transpose', b, this.rank, this.shape)
    axes[i] = j
    axes[j] = i
    return this.permute(axes)
  }

  /** Elements `start <= i < end` along `axis` (negative bounds count from the end, bounds are clamped): a view. */
  slice(axis: number, start = 0, end?: number, step = 1): Tensor {
    const at = normalizeAxis('slice', axis, this.rank, this.shape)
    const dim = this.shape[at]!
    if (!Number.isInteger(step) || step < 1) {
      throw new ShapeError(`slice: step must be an integer >= 1; got ${step}.`)
    }
    const clamp = (value: number) => Math.min(dim, Math.max(0, value < 0 ? value + dim : value))
    const from = clamp(integer('slice', start))
    const to = Math.max(from, clamp(end === undefined ? dim : integer('slice', end)))
    const shape = this.shape.with(at, Math.ceil((to - from) / step))
    const strides = this.strides.with(at, this.strides[at]! * step)
    return this.view(shape, strides, this.offset + (shape[at] === 0 ? 0 : from * this.strides[at]!))
  }

  /** One index along `axis`, without that dimension: a view. */
  select(axis: number, index: number): Tensor {
    const at = normalizeAxis('select', axis, this.rank, this.shape)
    const dim = this.shape[at]!
    if (!Number.isInteger(index) || index < -dim || index >= dim) {
      throw new ShapeError(
        `select: index must be between ${-dim} and ${dim - 1} for axis ${at} of ${shapeText(this.shape)}; got ${index}.`,
      )
    }
    const i = index < 0 ? index + dim : index
    return this.view(
      this.shape.toSpliced(at, 1),
      this.strides.toSpliced(at, 1),
      this.offset + i * this.strides[at]!,
    )
  }

  /** Inserts a dimension of size 1 before `axis`: a view. */
  unsqueeze(axis: number): Tensor {
    const at = normalizeAxis('unsqueeze', axis, this.rank + 1)
    return this.view(this.shape.toSpliced(at, 0, 1), this.strides.toSpliced(at, 0, 0))
  }

  /** Removes the dimension `axis` of size 1, or all of them: a view. */
  squeeze(axis?: number): Tensor {
    const at = axis === undefined ? -1 : normalizeAxis('squeeze', axis, this.rank, this.shape)
    const keep = this.shape.map((dim, i) => dim !== 1 || (at >= 0 && i !== at))
    return this.view(
      this.shape.filter((_, i) => keep[i]),
      this.strides.filter((_, i) => keep[i]),
    )
  }

  /** Repeats dimensions of size 1 (and new leading ones) without copying: a view. */
  expand(shape: readonly number[]): Tensor {
    if (!Array.isArray(shape)) sizeOf('expand', shape)
    const next = shape.map((dim, i) =>
      dim === -1 ? (this.shape[i - shape.length + this.rank] ?? -1) : dim,
    )
    sizeOf('expand', next)
    const target = broadcastShapes('expand', this.shape, next)
    if (target.some((dim, i) => dim !== next[i])) {
      throw new ShapeError(
        `expand: ${shapeText(this.shape)} does not expand to ${shapeText(shape)}.`,
      )
    }
    return this.view(target, broadcastStrides(this.shape, this.strides, target))
  }

  /** Values in row-major order, once the stream has computed them (a fence). */
  async data(): Promise<TensorData> {
    const buffer = await this.bytes()
    try {
      return this.#typed(buffer)
    } catch (cause) {
      throw new OutOfMemoryError(
        `data: JavaScript must have room for ${this.size} values; got none. Read a smaller part.`,
        { tried: 4 * this.size, cause },
      )
    }
  }

  #typed(buffer: ArrayBuffer): TensorData {
    switch (this.dtype) {
      case 'f32':
        return new Float32Array(buffer)
      case 'f64':
        return new Float64Array(buffer)
      case 'bf16':
        return fromBf16(new Uint16Array(buffer))
      case 'f16':
        return fromF16(new Uint16Array(buffer))
      case 'i64':
        return new BigInt64Array(buffer)
      case 'i32':
        return new Int32Array(buffer)
      case 'i16':
        return new Int16Array(buffer)
      case 'i8':
        return new Int8Array(buffer)
      default:
        return new Uint8Array(buffer)
    }
  }

  /** Raw bytes in row-major order (a fence). */
  bytes(): Promise<ArrayBuffer> {
    counters.reads++
    if (this.isContiguous) return enqueueRead(this)
    const compact = copy(this)
    const read = enqueueRead(compact)
    compact.dispose() // The release is enqueued behind the read.
    flush()
    return read
  }

  /** The value of a tensor with one element (a fence). */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError(
        `item: the tensor must have one element; got shape ${shapeText(this.shape)}.`,
      )
    }
    return Number((await this.data())[0])
  }

  /** Values as nested arrays of numbers (a fence); i64 values beyond 2^53 throw. */
  async tolist(): Promise<NestedNumbers> {
    const flat = Array.from((await this.data()) as ArrayLike<number | bigint>, (value) => {
      const number = Number(value)
      if (typeof value === 'bigint' && !Number.isSafeInteger(number)) {
        throw new HeddleError(
          'ERR_RANGE',
          `tolist: values must fit a JavaScript number; got ${value}. Use data().`,
        )
      }
      return number
    })
    let at = 0
    const build = (axis: number): NestedNumbers =>
      axis === this.rank
        ? flat[at++]!
        : Array.from({ length: this.shape[axis]! }, () => build(axis + 1))
    return build(0)
  }

  // The usual ops as methods; each is the op of the same name in ops/.

  add(other: Tensor | number): Tensor {
    return add(this, other)
  }

  sub(other: Tensor | number): Tensor {
    return sub(this, other)
  }

  mul(other: Tensor | number): Tensor {
    return mul(this, other)
  }

  div(other: Tensor | number): Tensor {
    return div(this, other)
  }

  pow(other: Tensor | number): Tensor {
    return pow(this, other)
  }

  maximum(other: Tensor | number): Tensor {
    return maximum(this, other)
  }

  minimum(other: Tensor | number): Tensor {
    return minimum(this, other)
  }

  eq(other: Tensor | number): Tensor {
    return eq(this, other)
  }

  ne(other: Tensor | number): Tensor {
    return ne(this, other)
  }

  lt(other: Tensor | number): Tensor {
    return lt(this, other)
  }

  le(other: Tensor | number): Tensor {
    return le(this, other)
  }

  gt(other: Tensor | number): Tensor {
    return gt(this, other)
  }

  ge(other: Tensor | number): Tensor {
    return ge(this, other)
  }

  neg(): Tensor {
    return neg(this)
  }

  abs(): Tensor {
    return abs(this)
  }

  exp(): Tensor {
    return exp(this)
  }

  log(): Tensor {
    return log(this)
  }

  sqrt(): Tensor {
    return sqrt(this)
  }

  square(): Tensor {
    return square(this)
  }

  sigmoid(): Tensor {
    return sigmoid(this)
  }

  tanh(): Tensor {
    return tanh(this)
  }

  relu(): Tensor {
    return relu(this)
  }

  silu(): Tensor {
    return silu(this)
  }

  gelu(): Tensor {
    return gelu(this)
  }

  matmul(other: Tensor): Tensor {
    return matmul(this, other)
  }

  sum(options?: Parameters<typeof sum>[1]): Tensor {
    return sum(this, options)
  }

  mean(options?: Parameters<typeof mean>[1]): Tensor {
    return mean(this, options)
  }

  argmax(options?: Parameters<typeof argmax>[1]): Tensor {
    return argmax(this, options)
  }

  softmax(options?: Parameters<typeof softmax>[1]): Tensor {
    return softmax(this, options)
  }

  logSoftmax(options?: Parameters<typeof logSoftmax>[1]): Tensor {
    return logSoftmax(this, options)
  }

  toString(): string {
    return `Tensor(${this.dtype} ${shapeText(this.shape)}${this.#disposed ? ', disposed' : ''})`
  }
}

/** A number or nested arrays of numbers. */
export type NestedNumbers = number | NestedNumbers[]

function integer(where: string, value: number): number {
  if (!Number.isInteger(value))
    throw new ShapeError(`${where}: bounds must be integers; got ${value}.`)
  return value
}
