export { openCheckpoint } from './checkpoint.ts'
export { CheckpointError } from './errors.ts'
export { type ReadJsonOptions, readJsonFile } from './json-file.ts'
export { GGUFFile, openGGUF } from './gguf-file.ts'
export type { GGUFTensorInfo } from './gguf-header.ts'
export type { GGUFArray, GGUFValue, GGUFValueType } from './gguf-metadata.ts'
export { type StoredGGUFType, storedGGUFTypes } from './gguf-types.ts'
export { type JsonObject, type JsonValue, parseJson } from './parse-json.ts'
export { type SafetensorsDType, safetensorsDTypes } from './safetensors-dtype.ts'
export {
  type Checkpoint,
  type OpenOptions,
  openSafetensors,
  SafetensorsFile,
  type StoredTensorInfo,
  type TensorInfo,
} from './safetensors-file.ts'
export { type SaveOptions, saveSafetensors } from './save-safetensors.ts'
