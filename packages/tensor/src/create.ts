import { upload } from '@heddle/native'
import { bytesPerElement, type DType, isInteger } from './dtype.ts'
import { empty } from './empty.ts'
import { enqueueAdopt, enqueueInline, inlineLimit, launch, refuseRecording } from './encoder.ts'
import { DTypeError, HeddleError, native, OptionError, ShapeError } from './errors.ts'
import { toBf16, toF16 } from './half.ts'
import { byteSize, shapeText, sizeOf } from './shape.ts'
import { environmentId } from './stream.ts'
import type { NestedNumbers, Tensor } from './tensor.ts'

type NumberArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

/** Host values a tensor can be made of. */
export type TensorLike =
  | number
  | boolean
  | bigint
  | NumberArray
  | readonly TensorLike[]
  | NestedNumbers

/** Shape and dtype of a new tensor. */
export interface CreateOptions {
  shape?: readonly number[]
  dtype?: DType
}

/**
 * Makes a tensor of host values (copied). Without a dtype: typed arrays keep theirs, booleans give bool,
 * integers i32, other numbers f32. A `Uint16Array` with dtype bf16 or f16 is taken as raw bits.
 */
export function tensor(data: TensorLike, options: CreateOptions = {}): Tensor {
  const { flat, shape: own } = flatten(data)
  const dtype = options.dtype ?? inferDType(data, flat)
  const shape = [...(options.shape ?? own)] // The caller's array may change later.
  if (sizeOf('tensor', shape) !== flat.length) {
    throw new ShapeError(
      `tensor: shape ${shapeText(shape)} needs ${sizeOf('tensor', shape)} values; got ${flat.length}.`,
    )
  }
  return fromBytes(encode(flat, dtype), shape, dtype)
}

/** Makes a tensor of raw bytes in the layout of the dtype (copied). */
export function fromBytes(bytes: Uint8Array, shape: readonly number[], dtype: DType): Tensor {
  byteSize('fromBytes', shape, dtype)
  requireAttached('fromBytes', bytes)
  if (bytes.byteLength !== sizeOf('fromBytes', shape) * bytesPerElement[dtype]) {
    throw new ShapeError(
      `fromBytes: ${dtype} ${shapeText(shape)} needs ${sizeOf('fromBytes', shape) * bytesPerElement[dtype]} bytes; got ${bytes.byteLength}.`,
    )
  }
  if (bytes.byteLength <= inlineLimit) {
    const out = empty('fromBytes', [...shape], dtype)
    enqueueInline(out.storage, bytes)
    return out
  }
  refuseRecording('fromBytes')
  const payload = native(() => upload(environmentId(), bytes))
  const out = empty('fromBytes', [...shape], dtype)
  enqueueAdopt(out.storage, payload)
  return out
}

/** A tensor filled with one value. */
export function full(
  shape: readonly number[],
  value: number,
  options: { dtype?: DType } = {},
): Tensor {
  const dtype = options.dtype ?? 'f32'
  if (dtype === 'f8e4m3' || dtype === 'f8e5m2') {
    throw new DTypeError(`full: float8 tensors are storage only; got ${dtype}. Use another dtype.`)
  }
  byteSize('full', shape, dtype)
  if (typeof value !== 'number') {
    throw new OptionError(`full: the value must be a number; got ${typeof value}.`)
  }
  if (isInteger(dtype)) {
    const [low, high] = integerLimits[dtype] ?? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new DTypeError(
        `full: ${dtype} values must be integers from ${low} to ${high}; got ${value}.`,
      )
    }
  }
  const out = empty('full', [...shape], dtype)
  launch('fill', 'o', [out], (p) => p.f64(value))
  return out
}

/** A tensor of zeros (f32 unless said). */
export const zeros = (shape: readonly number[], options: { dtype?: DType } = {}): Tensor =>
  full(shape, 0, options)

/** A tensor of ones (f32 unless said). */
export const ones = (shape: readonly number[], options: { dtype?: DType } = {}): Tensor =>
  full(shape, 1, options)

/** Throws ERR_BUFFER_DETACHED for an array whose memory was transferred away. */
function requireAttached(where: string, data: ArrayBufferView): void {
  if (data.byteLength > 0) return
  try {
    new Uint8Array(data.buffer)
  } catch (cause) {
    throw new HeddleError(
      'ERR_BUFFER_DETACHED',
      `${where}: the array must have its memory; got one that was transferred away. Use it before the transfer.`,
      { cause },
    )
  }
}

type Flat = ArrayLike<number | bigint | boolean>

function flatten(data: TensorLike): { flat: Flat; shape: number[] } {
  if (typeof data === 'number' || typeof data === 'bigint' || typeof data === 'boolean')
    return { flat: [data], shape: [] }
  if (ArrayBuffer.isView(data)) {
    if (data instanceof DataView) {
      throw new DTypeError('tensor: data must be numbers, arrays or typed arrays; got a DataView.')
    }
    requireAttached('tensor', data)
    return { flat: data as unknown as Flat, shape: [(data as Uint8Array).length] }
  }
  if (!Array.isArray(data))
    throw new DTypeError(
      `tensor: data must be numbers, arrays or typed arrays; got ${typeof data}.`,
    )
  const shape: number[] = []
  for (let level: unknown = data; Array.isArray(level); level = level[0]) {
    shape.push(level.length)
    if (shape.length > 32) break
  }
  sizeOf('tensor', shape)
  const flat: (number | bigint | boolean)[] = []
  const walk = (value: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean') {
        throw new ShapeError(
          `tensor: nested arrays must be regular and hold numbers; got ${Array.isArray(value) ? 'an array' : typeof value} at depth ${axis}.`,
        )
      }
      flat.push(value)
      return
    }
    if (!Array.isArray(value) || value.length !== shape[axis]) {
      throw new ShapeError(
        `tensor: nested arrays must be regular; got ${Array.isArray(value) ? value.length : typeof value} where ${shape[axis]} values were expected.`,
      )
    }
    for (const item of value) walk(item, axis + 1)
  }
  walk(data, 0)
  return { flat, shape }
}

function inferDType(data: TensorLike, flat: Flat): DType {
  if (data instanceof Float32Array) return 'f32'
  if (data instanceof Float64Array) return 'f64'
  if (data instanceof Int32Array) return 'i32'
  if (data instanceof Int16Array) return 'i16'
  if (data instanceof Int8Array) return 'i8'
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return 'u8'
  if (data instanceof BigInt64Array) return 'i64'
  if (ArrayBuffer.isView(data)) {
    throw new DTypeError(
      `tensor: ${data.constructor.name} has no dtype of its own. Say which: { dtype: 'i32' }, 'i64', 'bf16' or 'f16'.`,
    )
  }
  if (flat.length > 0 && typeof flat[0] === 'boolean') return 'bool'
  if (flat.length > 0 && typeof flat[0] === 'bigint') return 'i64'
  for (let i = 0; i < flat.length; i++) if (!Number.isInteger(flat[i])) return 'f32'
  return flat.length > 0 ? 'i32' : 'f32'
}

const integerLimits: Partial<Record<DType, [number, number]>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  i16: [-(2 ** 15), 2 ** 15 - 1],
  i8: [-128, 127],
  u8: [0, 255],
}

function encode(flat: Flat, dtype: DType): Uint8Array {
  const n = flat.length
  const bytes = (view: ArrayBufferView): Uint8Array =>
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  switch (dtype) {
    case 'f32':
      return bytes(
        flat instanceof Float32Array
          ? flat
          : Float32Array.from({ length: n }, (_, i) => Number(flat[i])),
      )
    case 'f64':
      return bytes(Float64Array.from({ length: n }, (_, i) => Number(flat[i])))
    case 'bf16':
    case 'f16': {
      if (flat instanceof Uint16Array) return bytes(flat)
      const convert = dtype === 'bf16' ? toBf16 : toF16
      return bytes(Uint16Array.from({ length: n }, (_, i) => convert(Number(flat[i]))))
    }
    case 'i64':
      return bytes(BigInt64Array.from({ length: n }, (_, i) => integerOf(flat[i]!)))
    case 'bool':
      return Uint8Array.from({ length: n }, (_, i) => (Number(flat[i]) !== 0 ? 1 : 0))
    case 'i32':
    case 'i16':
    case 'i8':
    case 'u8': {
      const [low, high] = integerLimits[dtype]!
      const array = new { i32: Int32Array, i16: Int16Array, i8: Int8Array, u8: Uint8Array }[dtype](
        n,
      )
      for (let i = 0; i < n; i++) {
        const value = Number(flat[i])
        if (!Number.isInteger(value) || value < low || value > high) {
          throw new DTypeError(
            `tensor: ${dtype} values must be integers from ${low} to ${high}; got ${value} at index ${i}.`,
          )
        }
        array[i] = value
      }
      return bytes(array)
    }
    default:
      throw new DTypeError(
        `tensor: float8 tensors are made of raw bytes; got numbers. Use fromBytes().`,
      )
  }
}

function integerOf(value: number | bigint | boolean): bigint {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value)
  if (!Number.isSafeInteger(Number(value))) {
    throw new DTypeError(`tensor: i64 values must be safe integers or bigints; got ${value}.`)
  }
  return BigInt(value)
}
