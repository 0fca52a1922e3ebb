/** Element types. bf16, f16 and f8 are storage types: arithmetic is f32 with one rounding at the store. */
export type DType =
  | 'f32'
  | 'f16'
  | 'bf16'
  | 'f64'
  | 'i64'
  | 'i32'
  | 'i16'
  | 'i8'
  | 'u8'
  | 'bool'
  | 'f8e4m3'
  | 'f8e5m2'

/** All dtypes in the order of their codes (native/crates/runtime/src/dtype.rs has the same list). */
export const dtypes: readonly DType[] = [
  'f32',
  'f16',
  'bf16',
  'f64',
  'i64',
  'i32',
  'i16',
  'i8',
  'u8',
  'bool',
  'f8e4m3',
  'f8e5m2',
]

/** Code of a dtype in commands. */
export const dtypeCode = Object.fromEntries(dtypes.map((dtype, code) => [dtype, code])) as Record<
  DType,
  number
>

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<DType, number>> = {
  f32: 4,
  f16: 2,
  bf16: 2,
  f64: 8,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u8: 1,
  bool: 1,
  f8e4m3: 1,
  f8e5m2: 1,
}

const floats: ReadonlySet<DType> = new Set(['f32', 'f16', 'bf16', 'f64', 'f8e4m3', 'f8e5m2'])

/** True for floating-point types. */
export const isFloat = (dtype: DType): boolean => floats.has(dtype)

/** True for i64, i32, i16, i8 and u8 (not bool). */
export const isInteger = (dtype: DType): boolean => !floats.has(dtype) && dtype !== 'bool'

/** What `data()` gives. bf16 and f16 arrive widened to f32 (exact). */
export type TensorData =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
