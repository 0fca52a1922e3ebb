import { bytesPerElement, synchronize, type Tensor } from '@heddle/tensor'
import type { CausalDecoder } from './decoder.ts'
import type { DecoderConfig } from './decoder-config.ts'
import type { ModelDefinition } from './define-model.ts'
import { isWeightDType, resolveDType, type WeightDType } from './load-dtype.ts'
import { loadPacked } from './load-packed.ts'
import { matchWeights, type WeightMatch } from './match-weights.ts'
import type { ModelFiles } from './model-files.ts'
import { countParameters, requireAddressable, requireFree } from './required-memory.ts'
import type { StoredWeight, WeightSource } from './weight-source.ts'

/** Bytes of weights that are in place, of all. */
export interface LoadProgress {
  readonly loaded: number
  readonly total: number
  readonly name: string
}

/** Which weights to open, and how. */
export interface WeightsRequest {
  readonly files: ModelFiles
  readonly definition: ModelDefinition
  readonly config: DecoderConfig
  /** 'auto' or a dtype, as the caller gave it. */
  readonly dtype: string
  readonly mmap: boolean
}

/** An open checkpoint and the empty module that it fits. */
export interface OpenWeights {
  readonly module: CausalDecoder
  readonly config: DecoderConfig
  readonly match: WeightMatch
  readonly checkpoint: WeightSource
  readonly dtype: WeightDType
  /** The dtype that a stored weight gets in memory. */
  readonly dtypeOf: (stored: StoredWeight) => WeightDType
  /** False when every weight is a copy, so that the file may change. */
  readonly isMapped: boolean
}

/** Opens a checkpoint, compares it with its config and the memory there is; loads nothing yet. */
export async function openWeights(request: WeightsRequest): Promise<OpenWeights> {
  // Opening without mapping reads everything, so what must not be read is found out before.
  if (!request.mmap) (await open(request, true)).checkpoint.dispose()
  return open(request, request.mmap)
}

async function open(request: WeightsRequest, mmap: boolean): Promise<OpenWeights> {
  const { files, config } = request
  const checkpoint = await files.open(config, { mmap })
  try {
    const dtype = resolveDType(request.dtype, files.config, checkpoint)
    const dtypeOf = targetDTypes(request.dtype, checkpoint, dtype)
    const plan = await planLoading(request, config, { checkpoint, dtype, dtypeOf })
    return { ...plan, checkpoint, dtype, dtypeOf }
  } catch (error) {
    checkpoint.dispose()
    throw error
  }
}

/** Which dtype each stored weight gets: `dtype`, or its own where the file mixes them and nobody asked for one. */
export function targetDTypes(
  asked: string,
  { isMixed = false }: Pick<WeightSource, 'isMixed'>,
  dtype: WeightDType,
): (stored: StoredWeight) => WeightDType {
  if (asked !== 'auto' || !isMixed) return () => dtype
  return (stored) => {
    const own = stored.dtype.toLowerCase()
    return isWeightDType(own) ? own : dtype
  }
}

type Opened = Pick<OpenWeights, 'checkpoint' | 'dtype' | 'dtypeOf'>

/** Builds the empty module and finds every weight; throws on any disagreement. */
async function planLoading(
  request: WeightsRequest,
  config: DecoderConfig,
  opened: Opened,
): Promise<Omit<OpenWeights, keyof Opened>> {
  const { checkpoint, dtype, dtypeOf } = opened
  const { definition, mmap } = request
  const module = definition.build(config)
  const parameters = countParameters(config.modelType, module)
  requireAddressable(config.modelType, parameters, dtype)
  const match = matchWeights(definition, module, checkpoint)
  for (const [copy, original] of match.copies) {
    // As Transformers does: weights that the config ties but the checkpoint tells apart stay apart.
    if (!(await isSame(checkpoint, copy, original))) {
      return planLoading(request, { ...config, tieWordEmbeddings: false }, opened)
    }
  }
  let owned = 0
  let isMapped = false
  for (const [, source] of match.sources) {
    const stored = checkpoint.storedInfo(source)
    const target = dtypeOf(stored)
    if (!mmap) owned += stored.bytes
    if (stored.dtype.toLowerCase() !== target) owned += sizeOf(stored) * bytesPerElement[target]
    else if (mmap) isMapped = true
  }
  requireFree(config.modelType, owned)
  return { module, config, match, isMapped }
}

/** Gives every parameter its tensor. `mayGoOn` runs before each one and stops the loading by throwing. */
export async function bindWeights(
  { module, match, checkpoint, dtypeOf }: OpenWeights,
  mayGoOn: () => void,
  onProgress?: (event: LoadProgress) => void,
): Promise<void> {
  const sources = [...match.sources]
  const total = sources.reduce((sum, [, source]) => sum + checkpoint.storedInfo(source).bytes, 0)
  let loaded = 0
  let queued = 0
  for (const [name, source] of sources) {
    mayGoOn()
    const stored = checkpoint.storedInfo(source)
    const dtype = dtypeOf(stored)
    const packed = checkpoint.packed?.(source)
    const weight = packed ? loadPacked(packed, dtype) : convert(checkpoint.tensor(source), dtype)
    module.bind(name, weight)
    loaded += stored.bytes
    if (stored.dtype.toLowerCase() !== dtype) queued += stored.bytes
    // Conversions are queued; waiting now and then bounds the queue and lets an abort in.
    if (queued > 2 ** 26 || (queued > 0 && loaded === total)) {
      await synchronize()
      queued = 0
    }
    onProgress?.({ loaded, total, name })
  }
  mayGoOn()
}

function convert(tensor: Tensor, dtype: WeightDType): Tensor {
  if (tensor.dtype === dtype) return tensor
  const converted = tensor.to(dtype)
  tensor.dispose()
  return converted
}

const sizeOf = ({ shape }: StoredWeight): number => shape.reduce((size, dim) => size * dim, 1)

/** True when two tensors of a checkpoint hold the same values; read in pieces. */
async function isSame(checkpoint: WeightSource, a: string, b: string): Promise<boolean> {
  if (checkpoint.storedInfo(a).dtype !== checkpoint.storedInfo(b).dtype) return false
  using left = checkpoint.tensor(a)
  using right = checkpoint.tensor(b)
  const rows = left.shape[0]!
  const step = Math.max(1, Math.floor(2 ** 20 / (left.size / rows)))
  for (let row = 0; row < rows; row += step) {
    using leftPart = left.slice(0, row, row + step)
    using rightPart = right.slice(0, row, row + step)
    const [x, y] = await Promise.all([leftPart.bytes(), rightPart.bytes()])
    if (Buffer.compare(new Uint8Array(x), new Uint8Array(y)) !== 0) return false
  }
  return true
}
