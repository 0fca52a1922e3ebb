import { OptionError, type PackedCompute } from '@heddle/tensor'

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
  /** How weights that are not quantized become so; undefined when they stay. */
  readonly weights: Required<QuantizeOptions> | undefined
  /** What quantized layers do with activations; undefined when nobody said. */
  readonly compute: PackedCompute | undefined
}

/** Checks `quantize` and `compute`. */
export function readQuantization(
  quantize: Quantize | undefined,
  compute: PackedCompute | undefined,
): Quantization {
  if (compute !== undefined && compute !== 'exact' && compute !== 'fast') {
    throw new OptionError(
      `fromPretrained: compute must be 'exact' or 'fast'; got ${JSON.stringify(compute)}.`,
    )
  }
  if (quantize === undefined) return { weights: undefined, compute }
  const { bits, groupSize = 32 } = typeof quantize === 'string' ? named(quantize) : quantize
  if ((bits !== 4 && bits !== 8) || ![32, 64, 128].includes(groupSize)) {
    throw new OptionError(
      `fromPretrained: quantize must be 'int8', 'int4' or { bits: 4 or 8, groupSize: 32, 64 or 128 }; ` +
        `got ${JSON.stringify(quantize)}.`,
    )
  }
  return { weights: { bits, groupSize }, compute }
}

const named = (quantize: string): { bits: number; groupSize?: number } =>
  quantize === 'int8' ? { bits: 8 } : quantize === 'int4' ? { bits: 4 } : { bits: 0 }
