import { AbortError, type PackedCompute } from '@heddle/tensor'
import { ConfigReader, type JsonObject } from './config-reader.ts'
import type { DecoderConfig } from './decoder-config.ts'
import type { ModelDefinition } from './define-model.ts'
import { UnknownModelTypeError } from './errors.ts'
import { registry } from './generated/registry.ts'
import type { WeightDType } from './load-dtype.ts'
import { bindWeights, type LoadProgress, openWeights } from './load-weights.ts'
import { readGenerationConfig, readModelFiles } from './model-files.ts'
import { PretrainedCausalLM } from './pretrained.ts'
import { type Quantize, readQuantization } from './quantization.ts'

/** Options of `AutoModelForCausalLM.fromPretrained`. */
export interface FromPretrainedOptions {
  /**
   * 'auto' (default): the config's dtype, else the checkpoint's; of a GGUF file each float weight as it is
   * stored, quantized ones in bf16. Others convert once at loading.
   */
  readonly dtype?: 'auto' | WeightDType
  /** Map the weights (default but on Windows), or read a copy that no change of the file can reach. */
  readonly mmap?: boolean
  /**
   * Quantize the weights of linear layers while loading: 'int8', 'int4' (the head stays at eight bits), or
   * `{ bits, groupSize }`. Other weights keep `dtype`.
   */
  readonly quantize?: Quantize
  /**
   * What quantized layers do with activations: 'exact' (default) keeps them f32, 'fast' rounds them to eight bits with
   * a scale per 32 values. For weights quantized while loading, and for those of a GGUF file.
   */
  readonly compute?: PackedCompute
  readonly signal?: AbortSignal
  readonly onProgress?: (event: LoadProgress) => void
}

/** All values of `model_type` that load, sorted. */
export const supportedModelTypes: readonly string[] = [...registry.keys()].sort()

/** Loads configs of any supported `model_type`. */
export const AutoConfig = {
  /** Reads and checks config.json of a folder, or the metadata of a GGUF file. Code that they name is never loaded. */
  async fromPretrained(path: string): Promise<DecoderConfig> {
    using files = await readModelFiles(path)
    return parseConfig(await findDefinition(files.config), files.config)
  },
}

/** Loads causal language models of any supported `model_type`. */
export const AutoModelForCausalLM = {
  /**
   * Loads a checkpoint folder (config.json, model.safetensors or its shards, generation_config.json) or a GGUF
   * file. Names, shapes and dtypes are checked before anything is allocated; weights of the asked dtype
   * are used where they lie in the file.
   */
  async fromPretrained(
    path: string,
    options: FromPretrainedOptions = {},
  ): Promise<PretrainedCausalLM> {
    const { dtype = 'auto', mmap = process.platform !== 'win32', signal, onProgress } = options
    const quantization = readQuantization(options.quantize, options.compute)
    throwIfAborted(signal)
    using files = await readModelFiles(path)
    const definition = await findDefinition(files.config)
    const config = parseConfig(definition, files.config)
    const generationConfig = readGenerationConfig(files)
    const weights = await openWeights({
      files,
      definition,
      config,
      dtype,
      mmap,
      quantization,
    })
    try {
      await bindWeights(weights, () => throwIfAborted(signal), onProgress)
      if (!weights.isMapped) weights.checkpoint.dispose()
      const checkpoint = weights.isMapped ? weights.checkpoint : undefined
      return new PretrainedCausalLM({ ...weights, checkpoint, generationConfig })
    } catch (error) {
      weights.module.dispose()
      weights.checkpoint.dispose()
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

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError('fromPretrained: aborted.', signal.reason)
}
