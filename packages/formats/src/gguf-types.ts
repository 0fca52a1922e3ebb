import { type DType, type GGUFBlock, ggufBlocks } from '@heddle/tensor'

/** Every type of tensors that a GGUF file may hold, also those that nobody stores weights in. */
export const storedGGUFTypes = {
  ...ggufBlocks,
  Q8_1: { id: 9, values: 32, bytes: 40 },
  Q8_K: { id: 15, values: 256, bytes: 292 },
  I8: { id: 24, values: 1, bytes: 1 },
  I16: { id: 25, values: 1, bytes: 2 },
  I32: { id: 26, values: 1, bytes: 4 },
  I64: { id: 27, values: 1, bytes: 8 },
  F64: { id: 28, values: 1, bytes: 8 },
  Q1_0: { id: 41, values: 128, bytes: 18 },
} as const satisfies Readonly<Record<string, GGUFBlock>>

/** Name of a type as a GGUF file stores it. */
export type StoredGGUFType = keyof typeof storedGGUFTypes

const names = new Map<number, StoredGGUFType>(
  Object.entries(storedGGUFTypes).map(([name, { id }]) => [id, name as StoredGGUFType]),
)

/** The type with that number; undefined for numbers that were given up or are not known. */
export const storedGGUFType = (id: number): StoredGGUFType | undefined => names.get(id)

const dtypes = new Map<StoredGGUFType, DType>([
  ['F32', 'f32'],
  ['F16', 'f16'],
  ['BF16', 'bf16'],
  ['F64', 'f64'],
  ['I8', 'i8'],
  ['I16', 'i16'],
  ['I32', 'i32'],
  ['I64', 'i64'],
])

/** The dtype of tensors that are used as they are stored; undefined for packed types. */
export const plainDType = (type: StoredGGUFType): DType | undefined => dtypes.get(type)
