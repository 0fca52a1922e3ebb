import { openCheckpoint, type SafetensorsDType } from '@heddle/formats'
import { bytesPerElement } from '@heddle/tensor'
import { findDefinition, parseConfig } from './auto.ts'
import type { DecoderConfig } from './decoder-config.ts'
import { resolveDType, type WeightDType } from './load-dtype.ts'
import { matchWeights } from './match-weights.ts'
import { readConfigFile } from './model-files.ts'
import { countParameters } from './required-memory.ts'

/** What a checkpoint folder holds and what running it takes. */
export interface CheckpointReport {
  readonly modelType: string
  readonly config: DecoderConfig
  /** Elements of all weights, tied ones once. */
  readonly numParameters: number
  /** dtype that 'auto' loads in. */
  readonly dtype: WeightDType
  /** Stored bytes by type, as the file names it: `BF16`. */
  readonly storedBytes: Readonly<Partial<Record<SafetensorsDType, number>>>
  /** Bytes of the weights in `dtype`. */
  readonly weightBytes: number
  /** Keys and values of one token in one row, in `dtype`. */
  readonly kvBytesPerToken: number
  /** Weights, and keys and values of one row of `maxPositionEmbeddings` tokens. */
  readonly neededBytes: number
}

/** Reads config.json and the headers of the weights, checks one against the other, loads nothing. */
export async function inspectCheckpoint(dir: string): Promise<CheckpointReport> {
  const json = await readConfigFile(dir)
  const definition = await findDefinition(json)
  const config = parseConfig(definition, json)
  const checkpoint = await openCheckpoint(dir)
  try {
    const module = definition.build(config)
    matchWeights(definition, module, checkpoint)
    const dtype = resolveDType('auto', json, checkpoint)
    const numParameters = countParameters(config.modelType, module)
    const storedBytes: Partial<Record<SafetensorsDType, number>> = {}
    for (const name of checkpoint.names) {
      const info = checkpoint.storedInfo(name)
      storedBytes[info.dtype] = (storedBytes[info.dtype] ?? 0) + info.bytes
    }
    const width = bytesPerElement[dtype]
    const kvBytesPerToken =
      2 * config.numHiddenLayers * config.numKeyValueHeads * config.headDim * width
    const weightBytes = numParameters * width
    return {
      modelType: config.modelType,
      config,
      numParameters,
      dtype,
      storedBytes,
      weightBytes,
      kvBytesPerToken,
      neededBytes: weightBytes + kvBytesPerToken * config.maxPositionEmbeddings,
    }
  } finally {
    checkpoint.dispose()
  }
}
