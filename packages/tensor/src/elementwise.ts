import { type DType, isFloat, isInteger } from './dtype.ts'
import { empty } from './empty.ts'
import { launch } from './encoder.ts'
import { DTypeError } from './errors.ts'
import { broadcastShapes, broadcastStrides } from './shape.ts'
import type { Tensor } from './tensor.ts'

// What elementwise ops share: dtype promotion, broadcasting and the commands `unary` and `binary`.

/** Codes of the `unary` command: the order of `Unary::ALL` in native/crates/kernels/src/unary.rs. */
const unaryNames = [
  'neg',
  'abs',
  'sign',
  'square',
  'relu',
  'reciprocal',
  'sqrt',
  'rsqrt',
  'floor',
  'ceil',
  'round',
  'trunc',
  'exp',
  'exp2',
  'expm1',
  'log',
  'log2',
  'log10',
  'log1p',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'erf',
  'erfc',
  'sigmoid',
  'silu',
  'gelu',
  'geluTanh',
  'quickGelu',
] as const

/** Codes of the `binary` command: the order of `Binary::ALL` in native/crates/kernels/src/binary.rs. */
const binaryNames = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'floorDivide',
  'remainder',
  'fmod',
  'atan2',
  'bitwiseAnd',
  'bitwiseOr',
  'bitwiseXor',
  'shiftLeft',
  'shiftRight',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'logicalAnd',
  'logicalOr',
  'logicalXor',
] as const

export type UnaryName = (typeof unaryNames)[number]
export type BinaryName = (typeof binaryNames)[number]

const codes = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name, code) => [name, code]))
const unaryCodes = codes(unaryNames) as Record<UnaryName, number>
const binaryCodes = codes(binaryNames) as Record<BinaryName, number>

/** Code of an operation of the `binary` command. */
export const binaryCode = (name: BinaryName): number => binaryCodes[name]

/** Functions that also have an integer kernel; the others turn integers into f32, as torch does. */
const onIntegers: ReadonlySet<UnaryName> = new Set([
  'neg',
  'abs',
  'sign',
  'square',
  'relu',
  'floor',
  'ceil',
  'round',
  'trunc',
])

/** Throws ERR_DTYPE for float8, which is a storage type. */
export function computable(where: string, dtype: DType): void {
  if (dtype === 'f8e4m3' || dtype === 'f8e5m2') {
    throw new DTypeError(
      `${where}: float8 tensors are storage only; got ${dtype}. Convert with .to('f32') first.`,
    )
  }
}

/** Enqueues a function of one tensor; the result is contiguous with the shape of `x`. */
export function unary(name: UnaryName, x: Tensor): Tensor {
  computable(name, x.dtype)
  let input = x
  if (!isFloat(x.dtype) && !(onIntegers.has(name) && isInteger(x.dtype))) {
    if (onIntegers.has(name)) {
      throw new DTypeError(
        `${name}: bool tensors have no such function; got bool. Convert with .to('i32') first.`,
      )
    }
    input = x.to('f32')
  }
  const out = empty(name, x.shape, input.dtype)
  launch('unary', 'io', [input, out], (p) => p.u32(unaryCodes[name]))
  if (input !== x) input.dispose()
  return out
}

const widths: Partial<Record<DType, number>> = { i64: 64, i32: 32, i16: 16, i8: 8, u8: 8 }

/** bool, integers, floats: the order in which kinds win. */
const kind = (dtype: DType): number => (isFloat(dtype) ? 2 : dtype === 'bool' ? 0 : 1)

/** The dtype in which two tensors meet: a scalar tensor does not widen the kind of one with dimensions. */
export function promoteTensors(where: string, a: Tensor, b: Tensor): DType {
  if ((a.rank === 0) === (b.rank === 0)) return promote(where, a.dtype, b.dtype)
  const [scalar, other] = a.rank === 0 ? [a.dtype, b.dtype] : [b.dtype, a.dtype]
  const met = promote(where, scalar, other)
  return kind(scalar) <= kind(other) ? other : met
}

/** The dtype in which two dtypes meet (torch's rules for tensors with dimensions). */
export function promote(where: string, a: DType, b: DType): DType {
  computable(where, a)
  computable(where, b)
  if (a === b) return a
  const [fa, fb] = [isFloat(a), isFloat(b)]
  if (fa !== fb) return fa ? a : b
  if (fa) return a === 'f64' || b === 'f64' ? 'f64' : 'f32'
  if (a === 'bool') return b
  if (b === 'bool') return a
  if (widths[a] === widths[b]) return 'i16' // i8 and u8: neither holds the other.
  return widths[a]! > widths[b]! ? a : b
}

const limits: Partial<Record<DType, [number, number]>> = {
  i64: [-(2 ** 53), 2 ** 53],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  i16: [-(2 ** 15), 2 ** 15 - 1],
  i8: [-128, 127],
  u8: [0, 255],
  bool: [0, 1],
}

/** The dtype in which a tensor meets a number: a number never widens its kind, as in torch. */
export function promoteNumber(where: string, dtype: DType, value: number): DType {
  computable(where, dtype)
  if (isFloat(dtype)) return dtype
  if (!Number.isInteger(value)) return 'f32'
  const [low, high] = limits[dtype]!
  if (value >= low && value <= high) return dtype
  if (dtype === 'bool') return 'i64'
  throw new DTypeError(
    `${where}: a number beside a tensor of ${dtype} must be between ${low} and ${high}; got ${value}. Convert the tensor with .to() first.`,
  )
}

const predicates: ReadonlySet<BinaryName> = new Set([
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'logicalAnd',
  'logicalOr',
  'logicalXor',
])
const floatOnly: ReadonlySet<BinaryName> = new Set(['div', 'atan2'])
const bitwise: ReadonlySet<BinaryName> = new Set([
  'bitwiseAnd',
  'bitwiseOr',
  'bitwiseXor',
  'shiftLeft',
  'shiftRight',
])
const onBool: ReadonlySet<BinaryName> = new Set([
  'bitwiseAnd',
  'bitwiseOr',
  'bitwiseXor',
  'maximum',
  'minimum',
])

function computeType(name: BinaryName, a: Tensor | number, b: Tensor | number): DType {
  let dtype: DType
  if (typeof a === 'number') {
    if (typeof b === 'number') {
      throw new DTypeError(
        `${name}: one argument must be a tensor; got two numbers. Use tensor() for one of them.`,
      )
    }
    dtype = promoteNumber(name, b.dtype, a)
  } else {
    dtype = typeof b === 'number' ? promoteNumber(name, a.dtype, b) : promoteTensors(name, a, b)
  }
  if (bitwise.has(name) && isFloat(dtype)) {
    throw new DTypeError(`${name}: operands must be integers or bool; got ${dtype}.`)
  }
  if (floatOnly.has(name) && !isFloat(dtype)) return 'f32'
  if (dtype === 'bool' && !predicates.has(name) && !onBool.has(name)) {
    throw new DTypeError(
      `${name}: bool tensors have no arithmetic; got two. Convert one with .to('i32') or .to('f32') first.`,
    )
  }
  return dtype
}

/** `x` as the dtype and broadcast shape of an elementwise command; `x` itself when it is that already. */
export function operand(x: Tensor, dtype: DType, shape: readonly number[]): Tensor {
  const same = x.shape.length === shape.length && x.shape.every((dim, i) => dim === shape[i])
  if (same) return x.dtype === dtype ? x : x.to(dtype)
  const typed = x.dtype === dtype ? x : x.to(dtype)
  const out = typed.view(shape, broadcastStrides(x.shape, typed.strides, shape))
  if (typed !== x) typed.dispose()
  return out
}

/** Enqueues an operation of two tensors, or of a tensor and a number; shapes broadcast. */
export function binary(name: BinaryName, a: Tensor | number, b: Tensor | number): Tensor {
  const dtype = computeType(name, a, b)
  const [x, y] = [typeof a === 'number' ? undefined : a, typeof b === 'number' ? undefined : b]
  const shape = x && y ? broadcastShapes(name, x.shape, y.shape) : (x ?? y!).shape
  const left = x && operand(x, dtype, shape)
  const right = y && operand(y, dtype, shape)
  const out = empty(name, shape, predicates.has(name) ? 'bool' : dtype)
  const value = typeof a === 'number' ? a : typeof b === 'number' ? b : 0
  launch('binary', 'iio', [left, right, out], (p) => p.u32(binaryCodes[name]).f64(value))
  if (left !== x) left!.dispose()
  if (right !== y) right!.dispose()
  return out
}
