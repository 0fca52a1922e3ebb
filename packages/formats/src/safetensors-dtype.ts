import { bytesPerElement, type DType, FormatError } from '@heddle/tensor'

/** Element types of the safetensors format, in its own order: writers sort tensors by it, descending. */
export const safetensorsDTypes = [
  'BOOL',
  'F4',
  'F6_E2M3',
  'F6_E3M2',
  'U8',
  'I8',
  'F8_E5M2',
  'F8_E4M3',
  'F8_E8M0',
  'F8_E4M3FNUZ',
  'F8_E5M2FNUZ',
  'I16',
  'U16',
  'F16',
  'BF16',
  'I32',
  'U32',
  'F32',
  'C64',
  'F64',
  'I64',
  'U64',
] as const

/** Name of an element type as a safetensors header writes it. */
export type SafetensorsDType = (typeof safetensorsDTypes)[number]

const names: Readonly<Record<DType, SafetensorsDType>> = {
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
  f64: 'F64',
  i64: 'I64',
  i32: 'I32',
  i16: 'I16',
  i8: 'I8',
  u8: 'U8',
  bool: 'BOOL',
  f8e4m3: 'F8_E4M3',
  f8e5m2: 'F8_E5M2',
}

const dtypes = new Map<string, DType>(
  Object.entries(names).map(([dtype, name]) => [name, dtype as DType]),
)

/** Name in a header. */
export const toSafetensorsDType = (dtype: DType): SafetensorsDType => names[dtype]

/** Our dtype for a name of the format; `ERR_FORMAT_DTYPE_UNSUPPORTED` for those no tensor can have. */
export function fromSafetensorsDType(name: string, where: string): DType {
  const dtype = dtypes.get(name)
  if (dtype !== undefined) return dtype
  throw new FormatError(
    'ERR_FORMAT_DTYPE_UNSUPPORTED',
    `${where}: tensors of type ${[...dtypes.keys()].join(', ')} can be loaded; got ${name}, ` +
      'which is not supported yet. Convert this tensor to another type.',
  )
}

/** Bytes of `size` elements. */
export const bytesOf = (size: number, dtype: DType): number => size * bytesPerElement[dtype]
