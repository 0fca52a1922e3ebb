import type { JsonObject } from '../config-reader.ts'
import { UnknownModelTypeError } from '../errors.ts'
import type { GGUFFields } from './gguf-fields.ts'
import { decoderNames, gpt2Names, type NameRule, pairedDecoderNames } from './gguf-names.ts'
import { ropeConfig } from './gguf-rope.ts'

/** What a value of `general.architecture` stands for. */
export interface GGUFArchitecture {
  readonly names: readonly NameRule[]
  /** The keys of config.json that the metadata gives. */
  readonly config: (fields: GGUFFields) => Promise<JsonObject> | JsonObject
}

// Keys that would change what Llama's relatives compute.
const neutral: readonly (readonly [key: string, value: unknown])[] = [
  ['expert_count', 0],
  ['use_parallel_residual', false],
  ['attention.causal', true],
  ['attention.max_alibi_bias', 0],
  ['attention.clamp_kqv', 0],
  ['attention.scale', 0],
  ['attention.temperature_scale', 0],
  ['attn_logit_softcapping', 0],
  ['final_logit_softcapping', 0],
  ['logit_scale', 0],
  ['residual_scale', 0],
  ['embedding_scale', 0],
]

/** Sizes, norms and rotary positions under the names that Llama gave them. */
async function decoderConfig(fields: GGUFFields): Promise<JsonObject> {
  const { file } = fields
  for (const [key, value] of neutral) fields.requireNeutral(key, value)
  const headDim = fields.field('attention.key_length')
  if (headDim !== undefined) fields.requireNeutral('attention.value_length', headDim)
  const width = fields.field('embedding_length')
  const heads = fields.field('attention.head_count')
  return {
    hidden_act: 'silu',
    hidden_size: width,
    intermediate_size: fields.field('feed_forward_length'),
    num_hidden_layers: fields.field('block_count'),
    num_attention_heads: heads,
    num_key_value_heads: fields.field('attention.head_count_kv') ?? heads,
    ...(headDim === undefined ? {} : { head_dim: headDim }),
    max_position_embeddings: fields.field('context_length'),
    rms_norm_eps: fields.field('attention.layer_norm_rms_epsilon'),
    attention_bias: file.has('blk.0.attn_q.bias'),
    mlp_bias: file.has('blk.0.ffn_gate.bias'),
    ...(await ropeConfig(fields, headDim ?? Number(width) / Number(heads))),
  }
}

const decoder =
  (modelType: string) =>
  async (fields: GGUFFields): Promise<JsonObject> => {
    fields.requireNeutral('attention.sliding_window', 0)
    return { model_type: modelType, ...(await decoderConfig(fields)) }
  }

/** Files of Mistral's models are called llama; a window is what tells them apart. */
async function llamaConfig(fields: GGUFFields): Promise<JsonObject> {
  const window = fields.field('attention.sliding_window')
  const type = window ? { model_type: 'mistral', sliding_window: window } : { model_type: 'llama' }
  return { ...type, ...(await decoderConfig(fields)) }
}

/** Heads of Qwen 3 have a width of their own, which a file always says. */
async function qwen3Config(fields: GGUFFields): Promise<JsonObject> {
  const config = await decoder('qwen3')(fields)
  const width = Number(fields.field('embedding_length')) / Number(config.num_attention_heads)
  return { head_dim: width, ...config }
}

function gpt2Config(fields: GGUFFields): JsonObject {
  return {
    model_type: 'gpt2',
    n_embd: fields.field('embedding_length'),
    n_head: fields.field('attention.head_count'),
    n_layer: fields.field('block_count'),
    n_positions: fields.field('context_length'),
    n_inner: fields.field('feed_forward_length'),
    layer_norm_epsilon: fields.field('attention.layer_norm_epsilon'),
    activation_function: 'gelu_new',
  }
}

const architectures: ReadonlyMap<string, GGUFArchitecture> = new Map([
  ['llama', { names: pairedDecoderNames, config: llamaConfig }],
  ['smollm3', { names: pairedDecoderNames, config: decoder('smollm3') }],
  ['qwen2', { names: decoderNames, config: decoder('qwen2') }],
  ['qwen3', { names: decoderNames, config: qwen3Config }],
  ['gpt2', { names: gpt2Names, config: gpt2Config }],
])

/** The architecture of a file; `ERR_UNKNOWN_MODEL_TYPE` when there is none of that name. */
export function architectureOf({ architecture, file }: GGUFFields): GGUFArchitecture {
  const found = architectures.get(architecture)
  if (found !== undefined) return found
  const where = `${file.path}: general.architecture`
  throw new UnknownModelTypeError(architecture, [...architectures.keys()], where)
}
