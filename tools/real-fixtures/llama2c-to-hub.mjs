// Turns a raw llama2.c checkpoint (float32, tied embeddings) into a Hub folder's config.json and model.safetensors. Used by real-fixtures.mjs for
// stories15M. Layout: ../goldens/real/README.md. The tokenizer is Llama 2's (fixture tokenizers-plurnk, llama2).
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export function convert(checkpoint, out) {
  const file = readFileSync(checkpoint),
    [dim, hidden, layers, heads, kvHeads, vocab, length] = new Int32Array(
      file.buffer.slice(file.byteOffset, file.byteOffset + 28),
    )
  const kvDim = (dim / heads) * kvHeads,
    tensors = {}
  let at = 28
  const take = (name, shape, rotaryHeads = 0) => {
    const bytes = 4 * shape.reduce((a, b) => a * b, 1),
      data = file.subarray(at, (at += bytes))
    tensors[name] = { shape, data: rotaryHeads ? halfSplit(data, shape, rotaryHeads) : data }
  }
  const each = (name, shape, rotaryHeads) => {
    for (let i = 0; i < layers; i++) take(`model.layers.${i}.${name}.weight`, shape, rotaryHeads)
  }
  take('model.embed_tokens.weight', [vocab, dim])
  each('input_layernorm', [dim])
  each('self_attn.q_proj', [dim, dim], heads)
  each('self_attn.k_proj', [kvDim, dim], kvHeads)
  each('self_attn.v_proj', [kvDim, dim])
  each('self_attn.o_proj', [dim, dim])
  each('post_attention_layernorm', [dim])
  each('mlp.gate_proj', [hidden, dim])
  each('mlp.down_proj', [dim, hidden])
  each('mlp.up_proj', [hidden, dim])
  take('model.norm.weight', [dim])
  const header = { __metadata__: { format: 'pt' } },
    names = Object.keys(tensors).sort()
  let offset = 0
  for (const n of names)
    header[n] = {
      dtype: 'F32',
      shape: tensors[n].shape,
      data_offsets: [offset, (offset += tensors[n].data.length)],
    }
  const head = Buffer.from(JSON.stringify(header)),
    pad = Buffer.alloc((8 - (head.length % 8)) % 8, 32),
    size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(head.length + pad.length))
  writeFileSync(
    join(out, 'model.safetensors'),
    Buffer.concat([size, head, pad, ...names.map((n) => tensors[n].data)]),
  )
  writeFileSync(
    join(out, 'config.json'),
    JSON.stringify(
      {
        architectures: ['LlamaForCausalLM'],
        model_type: 'llama',
        bos_token_id: 1,
        eos_token_id: 2,
        hidden_act: 'silu',
        hidden_size: dim,
        intermediate_size: hidden,
        max_position_embeddings: length,
        num_attention_heads: heads,
        num_hidden_layers: layers,
        num_key_value_heads: kvHeads,
        rms_norm_eps: 1e-5,
        rope_theta: 10000,
        rope_scaling: null,
        tie_word_embeddings: true,
        attention_bias: false,
        mlp_bias: false,
        torch_dtype: 'float32',
        vocab_size: vocab,
      },
      null,
      2,
    ) + '\n',
  )
}

/** Rows of neighbouring rotary pairs to the Hub's two halves per head. */
function halfSplit(data, [rows, columns], heads) {
  const out = Buffer.alloc(data.length),
    row = 4 * columns,
    size = rows / heads
  for (let r = 0; r < rows; r++) {
    const h = Math.floor(r / size),
      i = r % size
    data.copy(out, (h * size + (i % 2) * (size / 2) + (i >> 1)) * row, r * row, (r + 1) * row)
  }
  return out
}
