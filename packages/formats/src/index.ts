export { openCheckpoint } from './checkpoint.ts'
export { CheckpointError } from './errors.ts'
export { type ReadJsonOptions, readJsonFile } from './json-file.ts'
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
