import type { SafetensorsDType, StoredGGUFType } from '@heddle/formats'
import type { GGUFType, Tensor } from '@heddle/tensor'

/** Name of an element type or block type as a weights file has it. */
export type StoredType = SafetensorsDType | StoredGGUFType

/** A weight in a file. */
export interface StoredWeight {
  readonly dtype: StoredType
  /** The shape that the model's parameter has. */
  readonly shape: readonly number[]
  readonly bytes: number
}

/** A quantized weight as it is stored, before anything is decoded. */
export interface StoredBlocks {
  readonly type: GGUFType
  /** u8 [rows * bytes of a row], rows in the model's order. The taker owns it. */
  readonly packed: Tensor
  readonly rows: number
  readonly columns: number
  /** True when the model has the weight as [columns, rows]. */
  readonly isTransposed: boolean
}

/** Weights under the names of the model, wherever they are stored. */
export interface WeightSource {
  readonly names: readonly string[]
  storedInfo(name: string): StoredWeight
  /** A weight of a float type, in place where that is possible. The caller owns it. */
  tensor(name: string): Tensor
  /** A weight of a quantized type; undefined for those that `tensor` gives. */
  packed?(name: string): StoredBlocks | undefined
  /** True when 'auto' leaves f32, bf16 and f16 as they are stored, side by side. */
  readonly isMixed?: boolean
  /** Rejects with `ERR_FILE_CHANGED` when a file is not the one that was opened. */
  check(): Promise<void>
  dispose(): void
}
