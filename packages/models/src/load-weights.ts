import { type Checkpoint, openCheckpoint } from '@heddle/formats'
import type { Parameter } from '@heddle/nn'
import { bytesPerElement, packedBytes, synchronize, type Tensor } from '@heddle/tensor'
import type { JsonObject } from './config-reader.ts'
import type { CausalDecoder } from './decoder.ts'
import type { DecoderConfig } from './decoder-config.ts'
import type { ModelDefinition } from './define-model.ts'
import { resolveDType, type WeightDType } from './load-dtype.ts'
import { matchWeights, type WeightMatch } from './match-weights.ts'
import { type Quantization, quantizedBits, quantizeWeight } from './quantization.ts'
import { countParameters, requireAddressable, requireFree } from './required-memory.ts'

/** Bytes of weights that are in place, of all. */
export interface LoadProgress {
  readonly loaded: number
  readonly total: number
  readonly name: string
}

/** Which weights to open, and how. */
export interface WeightsRequest {
  readonly dir: string
  readonly definition: ModelDefinition
  readonly config: DecoderConfig
  readonly json: JsonObject
  /** 'auto' or a dtype, as the caller gave it. */
  readonly dtype: string
  readonly mmap: boolean
  /** How linear layers are quantized; undefined when they are not. */
  readonly quantization: Quantization | undefined
}

/** An open checkpoint and the empty module that it fits. */
export interface OpenWeights {
  readonly module: CausalDecoder
  readonly config: DecoderConfig
  readonly match: WeightMatch
  readonly checkpoint: Checkpoint
  readonly dtype: WeightDType
  readonly quantization: Quantization | undefined
  /** Bits of the parameters that are quantized. */
  readonly quantized: ReadonlyMap<Parameter, 4 | 8>
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
  const { dir, config, json } = request
  const checkpoint = await openCheckpoint(dir, { mmap })
  try {
    const dtype = resolveDType(request.dtype, json, checkpoint)
    const plan = await planLoading(request, config, checkpoint, dtype)
    return { ...plan, checkpoint, dtype, quantization: request.quantization }
  } catch (error) {
    checkpoint.dispose()
    throw error
  }
}

/** Builds the empty module and finds every weight; throws on any disagreement. */
async function planLoading(
  request: WeightsRequest,
  config: DecoderConfig,
  checkpoint: Checkpoint,
  dtype: WeightDType,
): Promise<Omit<OpenWeights, 'checkpoint' | 'dtype' | 'quantization'>> {
  const { definition, mmap, quantization } = request
  const module = definition.build(config)
  const parameters = countParameters(config.modelType, module)
  requireAddressable(config.modelType, parameters, dtype)
  const match = matchWeights(definition, module, checkpoint)
  for (const [copy, original] of match.copies) {
    // As Transformers does: weights that the config ties but the checkpoint tells apart stay apart.
    if (!(await isSame(checkpoint, copy, original))) {
      return planLoading(request, { ...config, tieWordEmbeddings: false }, checkpoint, dtype)
    }
  }
  const quantized = quantization && quantizedBits(module, config.vocabSize, quantization)
  let owned = 0
  let isMapped = false
  for (const [name, source] of match.sources) {
    const { dtype: stored, bytes } = checkpoint.info(source)
    if (!mmap) owned += bytes
    const parameter = module.findParameter(name)!
    const bits = quantized?.get(parameter)
    if (bits !== undefined) {
      const [rows, columns] = parameter.shape as [number, number]
      owned += packedBytes(bits === 8 ? 'q8' : 'q4', [rows, columns])
    } else if (stored !== dtype) owned += (bytes / bytesPerElement[stored]) * bytesPerElement[dtype]
    else if (mmap) isMapped = true
  }
  requireFree(config.modelType, owned)
  return { module, config, match, isMapped, quantized: quantized ?? new Map() }
}

/** Gives every parameter its tensor. `mayGoOn` runs before each one and stops the loading by throwing. */
export async function bindWeights(
  { module, match, checkpoint, dtype, quantization, quantized }: OpenWeights,
  mayGoOn: () => void,
  onProgress?: (event: LoadProgress) => void,
): Promise<void> {
  const sources = [...match.sources]
  const total = sources.reduce((sum, [, source]) => sum + checkpoint.info(source).bytes, 0)
  let loaded = 0
  let queued = 0
  for (const [name, source] of sources) {
    mayGoOn()
    const info = checkpoint.info(source)
    const bits = quantized.get(module.findParameter(name)!)
    const tensor = checkpoint.tensor(source)
    const isQuantized = quantization !== undefined && bits !== undefined
    module.bind(
      name,
      isQuantized ? quantizeWeight(tensor, bits, quantization) : convert(tensor, dtype),
    )
    loaded += info.bytes
    if (isQuantized || info.dtype !== dtype) queued += info.bytes
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

/** True when two tensors of a checkpoint hold the same values; read in pieces. */
async function isSame(checkpoint: Checkpoint, a: string, b: string): Promise<boolean> {
  if (checkpoint.info(a).dtype !== checkpoint.info(b).dtype) return false
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
