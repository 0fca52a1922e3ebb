import { ConfigError, OptionError } from '@heddle/tensor'
import type { JsonObject } from './config-reader.ts'
import type { WeightSource } from './weight-source.ts'

/** dtypes that weights can be loaded in. */
export type WeightDType = 'f32' | 'bf16' | 'f16'

const byName: ReadonlyMap<unknown, WeightDType> = new Map([
  ['float32', 'f32'],
  ['bfloat16', 'bf16'],
  ['float16', 'f16'],
])

/** The dtype to load in: the asked one, or for 'auto' the config's, or the checkpoint's first. */
export function resolveDType(
  asked: string,
  config: JsonObject,
  checkpoint: Pick<WeightSource, 'names' | 'storedInfo'>,
): WeightDType {
  if (asked !== 'auto') {
    if (isWeightDType(asked)) return asked
    throw new OptionError(
      `fromPretrained: dtype must be 'auto', 'f32', 'bf16' or 'f16'; got ${JSON.stringify(asked)}.`,
    )
  }
  const written = config.dtype ?? config.torch_dtype ?? undefined
  if (written === undefined) return storedDType(checkpoint)
  const dtype = byName.get(typeof written === 'string' ? written.replace(/^torch\./, '') : written)
  if (dtype !== undefined) return dtype
  throw new ConfigError(
    `config.json: dtype must be 'float32', 'bfloat16' or 'float16'; ` +
      `got ${JSON.stringify(written)?.slice(0, 60)}. Pass { dtype } to choose one.`,
  )
}

/** dtype of the first tensor whose type weights can have in memory, else f32. */
function storedDType(checkpoint: Pick<WeightSource, 'names' | 'storedInfo'>): WeightDType {
  for (const name of checkpoint.names) {
    const dtype = checkpoint.storedInfo(name).dtype.toLowerCase()
    if (isWeightDType(dtype)) return dtype
  }
  return 'f32'
}

/** True for dtypes that weights can have in memory. */
export function isWeightDType(dtype: string): dtype is WeightDType {
  return dtype === 'f32' || dtype === 'bf16' || dtype === 'f16'
}
