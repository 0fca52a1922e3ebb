export {
  AutoConfig,
  AutoModelForCausalLM,
  type FromPretrainedOptions,
  supportedModelTypes,
} from './auto.ts'
export { AutoTokenizer } from './auto-tokenizer.ts'
export { ConfigReader } from './config-reader.ts'
export type { CausalDecoder, DecoderContext, DecoderInputs } from './decoder.ts'
export type { DecoderConfig } from './decoder-config.ts'
export { defineModel, type ModelDefinition } from './define-model.ts'
export { ModelTooLargeError, UnknownModelTypeError, WeightsMismatchError } from './errors.ts'
export { type CheckpointReport, inspectCheckpoint, type StoredGroup } from './inspect.ts'
export type { WeightDType } from './load-dtype.ts'
export type { LoadProgress } from './load-weights.ts'
export { PretrainedCausalLM } from './pretrained.ts'
export { type RopeParameters, Rotary } from './rotary.ts'
export type { StoredBlocks, StoredType, WeightSource } from './weight-source.ts'
