export { type Captured, capture } from './capture.ts'
export {
  type CreateOptions,
  fromBytes,
  full,
  ones,
  type TensorLike,
  tensor,
  zeros,
} from './create.ts'
export {
  defineOp,
  type GradientRule,
  type GradientSlot,
  type Op,
  type OpInfo,
} from './define-op.ts'
export {
  bytesPerElement,
  type DType,
  dtypes,
  isFloat,
  isInteger,
  type TensorData,
} from './dtype.ts'
export {
  AbortError,
  ConfigError,
  DisposedError,
  DTypeError,
  FormatError,
  HeddleError,
  OptionError,
  OutOfMemoryError,
  ShapeError,
  UnsupportedOptionError,
} from './errors.ts'
export { opTable, type OpName } from './generated/op-table.ts'
export * from './generated/ops.ts'
export { type GGUFBlock, ggufBlocks, type GGUFType, isGGUFType } from './gguf-type.ts'
export { type MatmulPrecision, setMatmulPrecision } from './matmul-precision.ts'
export { measureBandwidth, measureFlops } from './measure.ts'
export {
  deviceInfo,
  emptyCache,
  type MemoryReport,
  memory,
  resetPeak,
  setMemoryBudget,
  setNumThreads,
  synchronize,
} from './memory.ts'
export type { ArgOptions } from './extreme-index.ts'
export type { ReduceOptions } from './reduction.ts'
export {
  type PackableGGUFType,
  type PackedCompute,
  type PackedScheme,
  PackedWeight,
  packedBytes,
  schemeOfGGUF,
} from './packed-weight.ts'
export { type CommandTime, profileCommands } from './profile.ts'
export { Scope, scope, unscoped } from './scope.ts'
export { type NestedNumbers, Tensor } from './tensor.ts'
export { receiveTensor, type TensorHandle, transferTensor } from './transfer.ts'
