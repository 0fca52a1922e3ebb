import { Conv1D, Linear, type Module, type Parameter } from '@heddle/nn'
import {
  OptionError,
  type PackedCompute,
  type PackedWeight,
  packWeight,
  type Tensor,
  UnsupportedOptionError,
} from '@heddle/tensor'

/** How linear layers are quantized while a checkpoint is loaded. */
export interface QuantizeOptions {
  readonly bits: 4 | 8
  /** How many values of a row share a scale: 32 (default), 64 or 128. */
  readonly groupSize?: number
}

/** The `quantize` option: 'int8' and 'int4' are groups of 32. */
export type Quantize = 'int8' | 'int4' | QuantizeOptions

/** The checked options. */
export interface Quantization {
  readonly bits: 4 | 8
  readonly groupSize: number
  readonly compute: PackedCompute
}

/** Checks `quantize` and `compute`; undefined when weights stay as they are. */
export function readQuantization(
  quantize: Quantize | undefined,
  compute: PackedCompute | undefined,
): Quantization | undefined {
  if (compute !== undefined && compute !== 'exact' && compute !== 'fast') {
    throw new OptionError(
      `fromPretrained: compute must be 'exact' or 'fast'; got ${JSON.stringify(compute)}.`,
    )
  }
  if (quantize === undefined) {
    if (compute === undefined) return undefined
    throw new OptionError(
      `fromPretrained: compute must go with quantized weights; got '${compute}' without them. Add { quantize }.`,
    )
  }
  const { bits, groupSize = 32 } = typeof quantize === 'string' ? named(quantize) : quantize
  if ((bits !== 4 && bits !== 8) || ![32, 64, 128].includes(groupSize)) {
    throw new OptionError(
      `fromPretrained: quantize must be 'int8', 'int4' or { bits: 4 or 8, groupSize: 32, 64 or 128 }; ` +
        `got ${JSON.stringify(quantize)}.`,
    )
  }
  return { bits, groupSize, compute: compute ?? 'exact' }
}

const named = (quantize: string): { bits: number; groupSize?: number } =>
  quantize === 'int8' ? { bits: 8 } : quantize === 'int4' ? { bits: 4 } : { bits: 0 }

/** Weights of linear layers, and how many bits each gets: the head keeps eight, for four cost it too much. */
export function quantizedBits(
  module: Module,
  vocabSize: number,
  { bits }: Quantization,
): ReadonlyMap<Parameter, 4 | 8> {
  const found = new Map<Parameter, 4 | 8>()
  for (const layer of module.modules()) {
    if (layer instanceof Conv1D) {
      throw new UnsupportedOptionError(
        'fromPretrained: quantize is for models with Linear layers; got one with Conv1D layers, whose weights lie the ' +
          'other way round. Load it without quantize.',
      )
    }
    if (!(layer instanceof Linear)) continue
    found.set(layer.weight, layer.weight.shape[0] === vocabSize ? 8 : bits)
  }
  return found
}

/** Quantizes one weight and frees it. */
export function quantizeWeight(
  weight: Tensor,
  bits: 4 | 8,
  { groupSize, compute }: Quantization,
): PackedWeight {
  try {
    if (weight.dtype !== 'f64') return packWeight(weight, { bits, groupSize, compute })
    using single = weight.to('f32')
    return packWeight(single, { bits, groupSize, compute })
  } finally {
    weight.dispose()
  }
}
