import { UnsupportedOptionError } from '@heddle/tensor'
import type { JsonObject } from '../config-reader.ts'
import type { GGUFFields } from './gguf-fields.ts'

/** Tensor with a divisor for each frequency; Llama 3's scaling is stored so. */
export const frequencyFactors = 'rope_freqs.weight'
const maxFactors = 65536

/** `rope_theta` and `rope_scaling` of a config.json. */
export async function ropeConfig(fields: GGUFFields, headDim: unknown): Promise<JsonObject> {
  const { file } = fields
  const dimensions = fields.field('rope.dimension_count')
  const partial =
    typeof dimensions === 'number' && typeof headDim === 'number' && dimensions !== headDim
      ? { partial_rotary_factor: dimensions / headDim }
      : {}
  for (const key of ['rope.scaling.attn_factor', 'rope.scaling.yarn_attn_factor'])
    fields.requireNeutral(key, 1)
  fields.requireNeutral('rope.scaling.yarn_log_multiplier', 0)
  const scaling = scalingOf(fields)
  const theta = { rope_theta: fields.field('rope.freq_base') ?? 10000, ...partial }
  if (!file.has(frequencyFactors)) return { ...theta, rope_scaling: scaling }
  if (scaling !== null) {
    throw new UnsupportedOptionError(
      `${file.path}: frequency factors and rope.scaling.type together are not supported yet; ` +
        `got ${frequencyFactors} and ${String(scaling.rope_type)}.`,
    )
  }
  return { ...theta, rope_scaling: { rope_type: 'factors', factors: await readFactors(fields) } }
}

function scalingOf(fields: GGUFFields): JsonObject | null {
  const legacy = fields.field('rope.scale_linear')
  const type = fields.field('rope.scaling.type') ?? (legacy === undefined ? 'none' : 'linear')
  const factor = fields.field('rope.scaling.factor') ?? legacy
  if (type === 'none' || (type === 'linear' && (factor === 1 || factor === 0))) return null
  const defined = (json: JsonObject) =>
    Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined))
  return defined({
    rope_type: type,
    factor,
    original_max_position_embeddings: fields.field('rope.scaling.original_context_length'),
    beta_fast: fields.field('rope.scaling.yarn_beta_fast'),
    beta_slow: fields.field('rope.scaling.yarn_beta_slow'),
  })
}

async function readFactors({ file }: GGUFFields): Promise<number[]> {
  const { shape, type, bytes } = file.info(frequencyFactors)
  if (type !== 'F32' || shape.length !== 1 || bytes > 4 * maxFactors) {
    throw new UnsupportedOptionError(
      `${file.path}: ${frequencyFactors} must be F32 of one dimension; got ${type} [${shape.join(', ')}].`,
    )
  }
  const tensor = file.tensor(frequencyFactors)
  try {
    return Array.from((await tensor.data()) as Float32Array)
  } finally {
    tensor.dispose()
  }
}
