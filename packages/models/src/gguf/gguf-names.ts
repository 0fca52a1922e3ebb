/** A weight of the model by its name in a GGUF file. */
export interface NameRule {
  /** Name in the file, `N` for the layer. */
  readonly stored: string
  /** Name in the model, `N` for the layer. */
  readonly name: string
  /** Rows of rotated heads, whose pairs the file keeps side by side. */
  readonly heads?: 'query' | 'key'
  /** The model has the matrix as [in, out]. */
  readonly isTransposed?: boolean
}

const bothOf = (rule: NameRule): NameRule[] =>
  ['weight', 'bias'].map((part) => ({
    ...rule,
    stored: `${rule.stored}.${part}`,
    name: `${rule.name}.${part}`,
    ...(rule.isTransposed ? { isTransposed: part === 'weight' } : {}),
  }))

const rules = (list: readonly NameRule[]): readonly NameRule[] => list.flatMap(bothOf)

const layer = 'model.layers.N'
const decoder = (isPaired: boolean): readonly NameRule[] =>
  rules([
    { stored: 'token_embd', name: 'model.embed_tokens' },
    { stored: 'output_norm', name: 'model.norm' },
    { stored: 'output', name: 'lm_head' },
    { stored: 'blk.N.attn_norm', name: `${layer}.input_layernorm` },
    {
      stored: 'blk.N.attn_q',
      name: `${layer}.self_attn.q_proj`,
      ...(isPaired ? { heads: 'query' } : {}),
    },
    {
      stored: 'blk.N.attn_k',
      name: `${layer}.self_attn.k_proj`,
      ...(isPaired ? { heads: 'key' } : {}),
    },
    { stored: 'blk.N.attn_v', name: `${layer}.self_attn.v_proj` },
    { stored: 'blk.N.attn_output', name: `${layer}.self_attn.o_proj` },
    { stored: 'blk.N.attn_q_norm', name: `${layer}.self_attn.q_norm` },
    { stored: 'blk.N.attn_k_norm', name: `${layer}.self_attn.k_norm` },
    { stored: 'blk.N.ffn_norm', name: `${layer}.post_attention_layernorm` },
    { stored: 'blk.N.ffn_gate', name: `${layer}.mlp.gate_proj` },
    { stored: 'blk.N.ffn_up', name: `${layer}.mlp.up_proj` },
    { stored: 'blk.N.ffn_down', name: `${layer}.mlp.down_proj` },
  ])

/** Names of Llama and its relatives, rotary pairs (i, i + D/2). */
export const decoderNames = decoder(false)
/** The same with query and key rows in pairs (2i, 2i + 1), as Llama's own files have them. */
export const pairedDecoderNames = decoder(true)

/** Names of GPT-2, whose matrices the model has the other way round. */
export const gpt2Names = rules([
  { stored: 'token_embd', name: 'transformer.wte' },
  { stored: 'position_embd', name: 'transformer.wpe' },
  { stored: 'output_norm', name: 'transformer.ln_f' },
  { stored: 'output', name: 'lm_head' },
  { stored: 'blk.N.attn_norm', name: 'transformer.h.N.ln_1' },
  { stored: 'blk.N.attn_qkv', name: 'transformer.h.N.attn.c_attn', isTransposed: true },
  { stored: 'blk.N.attn_output', name: 'transformer.h.N.attn.c_proj', isTransposed: true },
  { stored: 'blk.N.ffn_norm', name: 'transformer.h.N.ln_2' },
  { stored: 'blk.N.ffn_up', name: 'transformer.h.N.mlp.c_fc', isTransposed: true },
  { stored: 'blk.N.ffn_down', name: 'transformer.h.N.mlp.c_proj', isTransposed: true },
])
