// What becomes of each stored weight: a float tensor, blocks that stay quantized as they are stored, or a weight that is
// quantized while it is loaded.
import { Conv1D, Embedding, Linear, type Module, type Parameter } from '@heddle/nn'
import {
  bytesPerElement,
  dequantizeGGUF,
  OptionError,
  type PackableGGUFType,
  type PackedCompute,
  packedBytes,
  type PackedScheme,
  type PackedWeight,
  packGGUF,
  packWeight,
  schemeOfGGUF,
  type Tensor,
  UnsupportedOptionError,
} from '@heddle/tensor'
import { isWeightDType, type WeightDType } from './load-dtype.ts'
import type { Quantization, QuantizeOptions } from './quantization.ts'
import type { StoredBlocks, StoredWeight, WeightSource } from './weight-source.ts'

/** How a weight is held in memory. */
export type WeightForm =
  | { readonly kind: 'float'; readonly dtype: WeightDType }
  | { readonly kind: 'stored'; readonly scheme: PackedScheme }
  | ({ readonly kind: 'quantized'; readonly scheme: 'q8' | 'q4' } & Required<QuantizeOptions>)

/** What decides about forms. */
export interface FormRequest {
  /** 'auto' or a dtype, as the caller gave it. */
  readonly asked: string
  /** What `asked` stands for. */
  readonly dtype: WeightDType
  readonly quantization: Quantization
  readonly vocabSize: number
}

/** The form of a parameter, given what is stored for it. */
export type FormOf = (parameter: Parameter, stored: StoredWeight) => WeightForm

/**
 * How each weight of `module` is to be held. Blocks of a quantized file stay as they are where a layer can compute with
 * them, unless a dtype is asked for; block types that no layer computes with become f32, which loses nothing.
 */
export function formsOf(
  module: Module,
  source: Pick<WeightSource, 'isMixed'>,
  { asked, dtype, quantization: { weights }, vocabSize }: FormRequest,
): FormOf {
  const linear = new Set<Parameter>()
  const packable = new Set<Parameter>()
  for (const layer of module.modules()) {
    if (layer instanceof Conv1D && weights) {
      throw new UnsupportedOptionError(
        'fromPretrained: quantize is for models with Linear layers; got one with Conv1D layers, whose weights lie the ' +
          'other way round. Load it without quantize.',
      )
    }
    if (layer instanceof Linear) linear.add(layer.weight)
    if (layer instanceof Linear || layer instanceof Embedding) packable.add(layer.weight)
  }
  return (parameter, stored) => {
    if (weights && linear.has(parameter)) {
      // The head keeps eight bits: four cost it too much.
      const bits = parameter.shape[0] === vocabSize ? 8 : weights.bits
      return { kind: 'quantized', scheme: bits === 8 ? 'q8' : 'q4', ...weights, bits }
    }
    const own = stored.dtype.toLowerCase()
    if (asked !== 'auto' || !source.isMixed) return { kind: 'float', dtype }
    if (isWeightDType(own)) return { kind: 'float', dtype: own }
    const scheme = packable.has(parameter) ? schemeOfGGUF(stored.dtype) : undefined
    return scheme ? { kind: 'stored', scheme } : { kind: 'float', dtype: 'f32' }
  }
}

/** Bytes of a weight in memory. */
export function bytesOf(form: WeightForm, shape: readonly number[]): number {
  if (form.kind !== 'float') return packedBytes(form.scheme, [shape[0]!, shape[1]!])
  return shape.reduce((product, width) => product * width, 1) * bytesPerElement[form.dtype]
}

/** True when a weight is used where it lies in the file. */
export const isInPlace = (form: WeightForm, stored: StoredWeight): boolean =>
  form.kind === 'float' && stored.dtype.toLowerCase() === form.dtype

/** Throws `ERR_OPTION` when `compute` was given and no weight is quantized. */
export function checkComputeIsUsed({ compute }: Quantization, forms: readonly WeightForm[]): void {
  if (compute === undefined || forms.some((form) => form.kind !== 'float')) return
  throw new OptionError(
    `fromPretrained: compute must go with quantized weights; got '${compute}' without them. Add { quantize }.`,
  )
}

/** Takes a stored weight into its form. The caller owns the result. */
export function loadWeight(
  source: WeightSource,
  name: string,
  form: WeightForm,
  compute: PackedCompute = 'exact',
): Tensor | PackedWeight {
  const blocks = source.packed?.(name)
  if (form.kind === 'stored' && blocks) {
    const { packed, type, rows, columns } = blocks
    try {
      return packGGUF(packed, { type: type as PackableGGUFType, shape: [rows, columns], compute })
    } finally {
      packed.dispose()
    }
  }
  if (form.kind !== 'quantized') {
    const dtype = form.kind === 'float' ? form.dtype : 'f32'
    return blocks ? decode(blocks, dtype) : convert(source.tensor(name), dtype)
  }
  const stored = blocks ? decode(blocks, 'f32') : source.tensor(name)
  const weight = stored.dtype === 'f64' ? convert(stored, 'f32') : stored
  try {
    const { bits, groupSize } = form
    return packWeight(weight, { bits, groupSize, compute })
  } finally {
    weight.dispose()
  }
}

/** The values of blocks in `dtype`, each rounded once; takes the blocks. */
function decode({ packed, type, rows, columns, isTransposed }: StoredBlocks, dtype: WeightDType) {
  const values = dequantizeGGUF(packed, { type, shape: [rows, columns], dtype })
  packed.dispose()
  if (!isTransposed) return values
  const turned = values.transpose(0, 1)
  const copy = turned.clone()
  turned.dispose()
  values.dispose()
  return copy
}

function convert(tensor: Tensor, dtype: WeightDType): Tensor {
  if (tensor.dtype === dtype) return tensor
  const converted = tensor.to(dtype)
  tensor.dispose()
  return converted
}
