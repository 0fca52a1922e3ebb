import { bytesPerElement, type PackedScheme } from '@heddle/tensor'
import { findDefinition, parseConfig } from './auto.ts'
import type { DecoderConfig } from './decoder-config.ts'
import { resolveDType, type WeightDType } from './load-dtype.ts'
import { matchWeights } from './match-weights.ts'
import { readModelFiles } from './model-files.ts'
import { countParameters } from './required-memory.ts'
import { bytesOf, formsOf } from './weight-form.ts'
import type { StoredType } from './weight-source.ts'

/** What weights of one stored type become when they are loaded. */
export interface StoredGroup {
  readonly stored: StoredType
  readonly loaded: WeightDType | PackedScheme
  readonly tensors: number
  readonly storedBytes: number
  /** Bytes in memory; in place, in the mapped file, where the types are the same. */
  readonly loadedBytes: number
}

/** What a checkpoint folder holds and what running it takes. */
export interface CheckpointReport {
  readonly modelType: string
  readonly config: DecoderConfig
  /** Elements of all weights, tied ones once. */
  readonly numParameters: number
  /** dtype that 'auto' loads in. */
  readonly dtype: WeightDType
  /** Stored bytes by type, as the file names it: `BF16`. */
  readonly storedBytes: Readonly<Partial<Record<StoredType, number>>>
  /** What each stored type becomes, the largest first; weights that nobody reads are not in it. */
  readonly weights: readonly StoredGroup[]
  /** Bytes of the weights in memory. */
  readonly weightBytes: number
  /** Keys and values of one token in one row, in `dtype`. */
  readonly kvBytesPerToken: number
  /** Weights, and keys and values of one row of `maxPositionEmbeddings` tokens. */
  readonly neededBytes: number
}

/** Reads the config and the headers of the weights, checks one against the other, loads nothing. */
export async function inspectCheckpoint(path: string): Promise<CheckpointReport> {
  using files = await readModelFiles(path)
  const definition = await findDefinition(files.config)
  const config = parseConfig(definition, files.config)
  const checkpoint = await files.open(config, { mmap: process.platform !== 'win32' })
  try {
    const module = definition.build(config)
    const match = matchWeights(definition, module, checkpoint)
    const dtype = resolveDType('auto', files.config, checkpoint)
    const formOf = formsOf(module, checkpoint, {
      asked: 'auto',
      dtype,
      quantization: { weights: undefined, compute: undefined },
      vocabSize: config.vocabSize,
    })
    const numParameters = countParameters(config.modelType, module)
    const storedBytes: Partial<Record<StoredType, number>> = {}
    for (const name of checkpoint.names) {
      const info = checkpoint.storedInfo(name)
      storedBytes[info.dtype] = (storedBytes[info.dtype] ?? 0) + info.bytes
    }
    const width = bytesPerElement[dtype]
    const kvBytesPerToken =
      2 * config.numHiddenLayers * config.numKeyValueHeads * config.headDim * width
    const groups = new Map<string, StoredGroup>()
    for (const [name, source] of match.sources) {
      const info = checkpoint.storedInfo(source)
      const form = formOf(module.findParameter(name)!, info)
      const loaded = form.kind === 'float' ? form.dtype : form.scheme
      const group = `${info.dtype} ${loaded}`
      const before = groups.get(group)
      groups.set(group, {
        stored: info.dtype,
        loaded,
        tensors: (before?.tensors ?? 0) + 1,
        storedBytes: (before?.storedBytes ?? 0) + info.bytes,
        loadedBytes: (before?.loadedBytes ?? 0) + bytesOf(form, info.shape),
      })
    }
    const weights = [...groups.values()].sort((a, b) => b.storedBytes - a.storedBytes)
    const weightBytes = weights.reduce((sum, group) => sum + group.loadedBytes, 0)
    return {
      modelType: config.modelType,
      config,
      numParameters,
      dtype,
      storedBytes,
      weights,
      weightBytes,
      kvBytesPerToken,
      neededBytes: weightBytes + kvBytesPerToken * config.maxPositionEmbeddings,
    }
  } finally {
    checkpoint.dispose()
  }
}
