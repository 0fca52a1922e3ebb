import { isGGUFType } from '@heddle/tensor'
import type { CausalDecoder } from './decoder.ts'
import type { ModelDefinition } from './define-model.ts'
import { WeightsMismatchError } from './errors.ts'
import type { StoredType, WeightSource } from './weight-source.ts'

/** Which tensor of a checkpoint goes where. */
export interface WeightMatch {
  /** Parameter name -> name in the checkpoint, complete, shapes and dtypes checked. */
  readonly sources: ReadonlyMap<string, string>
  /** Second copies of tied weights: [name of the copy, name of what it should equal]. */
  readonly copies: readonly (readonly [string, string])[]
}

const readable: ReadonlySet<StoredType> = new Set(['F32', 'BF16', 'F16', 'F64'] as const)
const recomputed = /(^|\.)(rotary_emb\.inv_freq|position_ids)$/

/**
 * Compares a checkpoint's header with a model's parameters. Anything missing, left over, or of
 * another shape is a `WeightsMismatchError` with all names; nothing is reshaped or made up.
 */
export function matchWeights(
  definition: Pick<ModelDefinition, 'modelType' | 'basePrefix' | 'ignoredWeights'>,
  module: CausalDecoder,
  checkpoint: Pick<WeightSource, 'names' | 'storedInfo'>,
): WeightMatch {
  const parameters = new Map(module.namedParameters())
  const slots = new Map(module.namedSlots())
  const owners = new Map([...parameters].map(([name, parameter]) => [parameter, name]))
  const ignored = [recomputed, ...(definition.ignoredWeights ?? [])]

  const sources = new Map<string, string>()
  const copies: [copy: string, name: string][] = []
  const unexpected: string[] = []
  const mismatched: string[] = []
  for (const source of checkpoint.names) {
    // A base model saved by itself has no prefix: `h.0.ln_1.weight`.
    const slot = slots.has(source) ? source : `${definition.basePrefix}.${source}`
    const parameter = slots.get(slot)
    if (parameter === undefined) {
      if (!ignored.some((pattern) => pattern.test(source))) unexpected.push(source)
      continue
    }
    const { shape, dtype } = checkpoint.storedInfo(source)
    // Quantized types are those of matrices: rows of whole blocks.
    if (!readable.has(dtype) && !(isGGUFType(dtype) && shape.length === 2))
      mismatched.push(`${source}: ${dtype} instead of F32, BF16 or F16`)
    else if (!isEqual(shape, parameter.shape)) {
      mismatched.push(`${source}: [${shape.join(', ')}] instead of [${parameter.shape.join(', ')}]`)
    }
    const name = owners.get(parameter)!
    if (name !== slot) copies.push([source, name])
    else if (sources.has(name)) unexpected.push(source)
    else sources.set(name, source)
  }
  // A tied weight may be stored under its other name only.
  const spare = copies.filter(([source, name]) => {
    if (sources.has(name)) return true
    sources.set(name, source)
    return false
  })
  const missing = [...parameters.keys()].filter((name) => !sources.has(name))
  if (missing.length + unexpected.length + mismatched.length > 0) {
    throw new WeightsMismatchError(definition.modelType, { missing, unexpected, mismatched })
  }
  return { sources, copies: spare.map(([copy, name]) => [copy, sources.get(name)!]) }
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((width, axis) => width === b[axis])
}
