import { type Checkpoint, openCheckpoint } from '@heddle/formats'
import { AbortError, bytesPerElement, synchronize, type Tensor } from '@heddle/tensor'
import { ConfigReader, type JsonObject } from './config-reader.ts'
import type { CausalDecoder } from './decoder.ts'
import type { DecoderConfig } from './decoder-config.ts'
import type { ModelDefinition } from './define-model.ts'
import { UnknownModelTypeError } from './errors.ts'
import { registry } from './generated/registry.ts'
import { resolveDType, type WeightDType } from './load-dtype.ts'
import { matchWeights, type WeightMatch } from './match-weights.ts'
import { readConfigFile, readGenerationConfig } from './model-files.ts'
import { PretrainedCausalLM } from './pretrained.ts'
import { countParameters, requireAddressable, requireFree } from './required-memory.ts'

/** Options of `AutoModelForCausalLM.fromPretrained`. */
export interface FromPretrainedOptions {
  /** 'auto' (default): the config's dtype, else the checkpoint's. Others convert once at loading. */
  readonly dtype?: 'auto' | WeightDType
  /** Map the weights (default but on Windows), or read a copy that no change of the file can reach. */
  readonly mmap?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (event: LoadProgress) => void
}

/** Bytes of weights that are in place, of all. */
export interface LoadProgress {
  readonly loaded: number
  readonly total: number
  readonly name: string
}

/** All values of `model_type` that load, sorted. */
export const supportedModelTypes: readonly string[] = [...registry.keys()].sort()

/** Loads configs of any supported `model_type`. */
export const AutoConfig = {
  /** Reads and checks config.json of a folder. Code that the file names is never loaded. */
  async fromPretrained(dir: string): Promise<DecoderConfig> {
    const json = await readConfigFile(dir)
    return parseConfig(await findDefinition(json), json)
  },
}

/** Loads causal language models of any supported `model_type`. */
export const AutoModelForCausalLM = {
  /**
   * Loads a checkpoint folder: config.json, model.safetensors or its shards, generation_config.json.
   * Names, shapes and dtypes are checked before anything is allocated; weights of the asked dtype
   * are used where they lie in the file.
   */
  async fromPretrained(
    dir: string,
    options: FromPretrainedOptions = {},
  ): Promise<PretrainedCausalLM> {
    const { dtype: asked = 'auto', mmap = process.platform !== 'win32', signal } = options
    throwIfAborted(signal)
    const json = await readConfigFile(dir)
    const definition = await findDefinition(json)
    const config = parseConfig(definition, json)
    const generationConfig = await readGenerationConfig(dir, json)
    const checkpoint = await openCheckpoint(dir, { mmap })
    try {
      const dtype = resolveDType(asked, json, checkpoint)
      const plan = await planLoading(definition, config, checkpoint, dtype)
      await bindWeights(plan, checkpoint, dtype, { ...options, mmap })
      return new PretrainedCausalLM({ ...plan, generationConfig, dtype, checkpoint })
    } catch (error) {
      checkpoint.dispose()
      throw error
    }
  },
}

/** The architecture of a config; `ERR_UNKNOWN_MODEL_TYPE` when there is none. */
export async function findDefinition(json: JsonObject): Promise<ModelDefinition> {
  const modelType = new ConfigReader('config.json', json).string('model_type')
  const load = registry.get(modelType)
  if (load === undefined) throw new UnknownModelTypeError(modelType, supportedModelTypes)
  return (await load()).default as unknown as ModelDefinition
}

/** The config in camelCase, checked. */
export function parseConfig(definition: ModelDefinition, json: JsonObject): DecoderConfig {
  new ConfigReader(definition.configName, json).requireNeutral('quantization_config', undefined)
  return definition.parseConfig(new ConfigReader(definition.configName, json))
}

interface LoadPlan {
  readonly module: CausalDecoder
  readonly config: DecoderConfig
  readonly match: WeightMatch
}

/** Builds the empty module and finds every weight; throws on any disagreement. */
async function planLoading(
  definition: ModelDefinition,
  config: DecoderConfig,
  checkpoint: Checkpoint,
  dtype: WeightDType,
): Promise<LoadPlan> {
  const module = definition.build(config)
  requireAddressable(config.modelType, countParameters(config.modelType, module), dtype)
  const match = matchWeights(definition, module, checkpoint)
  for (const [copy, original] of match.copies) {
    // As Transformers does: weights that the config ties but the checkpoint tells apart stay apart.
    if (!(await isSame(checkpoint, copy, original))) {
      return planLoading(definition, { ...config, tieWordEmbeddings: false }, checkpoint, dtype)
    }
  }
  return { module, config, match }
}

async function bindWeights(
  { module, config, match }: LoadPlan,
  checkpoint: Checkpoint,
  dtype: WeightDType,
  { mmap, signal, onProgress }: FromPretrainedOptions,
): Promise<void> {
  const sizes = Array.from(match.sources, ([, source]) => checkpoint.info(source))
  const copied = sizes.filter((info) => !mmap || info.dtype !== dtype)
  const size = (shape: readonly number[]) => shape.reduce((product, width) => product * width, 1)
  const needed = copied.reduce((sum, info) => sum + size(info.shape) * bytesPerElement[dtype], 0)
  requireFree(config.modelType, needed)
  const total = sizes.reduce((sum, info) => sum + info.bytes, 0)
  let loaded = 0
  let sinceFence = 0
  try {
    for (const [name, source] of match.sources) {
      throwIfAborted(signal)
      const { bytes, dtype: stored } = checkpoint.info(source)
      module.bind(name, convert(checkpoint.tensor(source), dtype))
      loaded += bytes
      onProgress?.({ loaded, total, name })
      if (stored !== dtype) sinceFence += bytes
      // Conversions are queued; waiting now and then bounds the queue and lets an abort in.
      if (sinceFence > 2 ** 26) {
        await synchronize()
        sinceFence = 0
      }
    }
    if (needed > 0) await synchronize()
    throwIfAborted(signal)
  } catch (error) {
    module.dispose()
    throw error
  }
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

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError('fromPretrained: aborted.', signal.reason)
}
