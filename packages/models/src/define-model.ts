import type { ConfigReader } from './config-reader.ts'
import type { CausalDecoder } from './decoder.ts'
import type { DecoderConfig } from './decoder-config.ts'

/** An architecture as data: what loading needs to know besides its classes. */
export interface ModelDefinition<Config extends DecoderConfig = DecoderConfig> {
  /** `model_type` of config.json; also the file's name. */
  readonly modelType: string
  /** Other `model_type`s with the same computation. */
  readonly aliases?: readonly string[]
  /** Opens messages about the config: `LlamaConfig`. */
  readonly configName: string
  /** Segment before the names of all weights but the head's, which some checkpoints leave out. */
  readonly basePrefix: string
  /** Tensors that old checkpoints hold and nobody reads. */
  readonly ignoredWeights?: readonly RegExp[]
  /** Reads config.json, applies defaults, rejects what is not supported. */
  readonly parseConfig: (reader: ConfigReader) => Config
  /** Builds the module tree; allocates nothing. */
  readonly build: (config: Config) => CausalDecoder
}

/** Declares an architecture: the default export of its file. */
export function defineModel<Config extends DecoderConfig>(
  definition: ModelDefinition<Config>,
): ModelDefinition<Config> {
  return definition
}
