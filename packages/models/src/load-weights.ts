import { synchronize } from '@heddle/tensor'
import type { CausalDecoder } from './decoder.ts'
import type { DecoderConfig } from './decoder-config.ts'
import type { ModelDefinition } from './define-model.ts'
import { resolveDType, type WeightDType } from './load-dtype.ts'
import { matchWeights, type WeightMatch } from './match-weights.ts'
import type { ModelFiles } from './model-files.ts'
import type { Quantization } from './quantization.ts'
import { countParameters, requireAddressable, requireFree } from './required-memory.ts'
import {
  bytesOf,
  checkComputeIsUsed,
  formsOf,
  isInPlace,
  loadWeight,
  type WeightForm,
} from './weight-form.ts'
import type { WeightSource } from './weight-source.ts'

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
  readonly quantization: Quantization
}

/** An open checkpoint and the empty module that it fits. */
export interface OpenWeights {
  readonly module: CausalDecoder
  readonly config: DecoderConfig
  readonly match: WeightMatch
  readonly checkpoint: WeightSource
  readonly dtype: WeightDType
  /** Name of a parameter -> how it is held in memory. */
  readonly forms: ReadonlyMap<string, WeightForm>
  readonly quantization: Quantization
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
    const plan = await planLoading(request, config, { checkpoint, dtype })
    return { ...plan, checkpoint, dtype, quantization: request.quantization }
  } catch (error) {
    checkpoint.dispose()
    throw error
  }
}

type Opened = Pick<OpenWeights, 'checkpoint' | 'dtype'>

/** Builds the empty module and finds every weight; throws on any disagreement. */
async function planLoading(
  request: WeightsRequest,
  config: DecoderConfig,
  opened: Opened,
): Promise<Omit<OpenWeights, keyof Opened | 'quantization'>> {
  const { checkpoint, dtype } = opened
  const { definition, mmap, quantization } = request
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
  const { vocabSize } = config
  const formOf = formsOf(module, checkpoint, {
    asked: request.dtype,
    dtype,
    quantization,
    vocabSize,
  })
  const forms = new Map<string, WeightForm>()
  let owned = 0
  let isMapped = false
  for (const [name, source] of match.sources) {
    const stored = checkpoint.storedInfo(source)
    const form = formOf(module.findParameter(name)!, stored)
    forms.set(name, form)
    if (!mmap) owned += stored.bytes
    if (!isInPlace(form, stored)) owned += bytesOf(form, stored.shape)
    else if (mmap) isMapped = true
  }
  checkComputeIsUsed(quantization, [...forms.values()])
  requireFree(config.modelType, owned)
  return { module, config, match, forms, isMapped }
}

/** Gives every parameter its tensor. `mayGoOn` runs before each one and stops the loading by throwing. */
export async function bindWeights(
  { module, match, checkpoint, forms, quantization }: OpenWeights,
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
    const form = forms.get(name)!
    module.bind(name, loadWeight(checkpoint, source, form, quantization.compute))
    loaded += stored.bytes
    if (!isInPlace(form, stored)) queued += stored.bytes
    // Conversions are queued; waiting now and then bounds the queue and lets an abort in.
    if (queued > 2 ** 26 || (queued > 0 && loaded === total)) {
      await synchronize()
      queued = 0
    }
    onProgress?.({ loaded, total, name })
  }
  mayGoOn()
}

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
