// Turns a Llama-architecture GGUF file (types F32, Q4_1, Q8_0) into a Hub folder: config.json, generation_config.json,
// tokenizer.json, tokenizer_config.json and model.safetensors in bfloat16. Used by real-fixtures.mjs for SmolLM2; a fixture maker, not a model for the
// project's own GGUF reader (it trusts its input, which is pinned by sha256).
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const blocks = { 0: [1, 4], 3: [32, 20], 8: [32, 34] } // ggml type: [values, bytes] of a block
const hubNames = {
  attn_norm: 'input_layernorm',
  ffn_norm: 'post_attention_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
}

export function convert(gguf, out) {
  const { meta, tensors, bytes } = read(gguf),
    g = (k) => meta[`llama.${k}`]
  const heads = g('attention.head_count'),
    kvHeads = g('attention.head_count_kv'),
    tokens = meta['tokenizer.ggml.tokens']
  const json = (name, value, space = 2) =>
    writeFileSync(join(out, name), JSON.stringify(value, null, space) + '\n')
  const ids = {
    bos_token_id: meta['tokenizer.ggml.bos_token_id'],
    eos_token_id: meta['tokenizer.ggml.eos_token_id'],
    pad_token_id: meta['tokenizer.ggml.padding_token_id'],
  }
  json('config.json', {
    architectures: ['LlamaForCausalLM'],
    attention_bias: false,
    attention_dropout: 0,
    ...ids,
    hidden_act: 'silu',
    hidden_size: g('embedding_length'),
    initializer_range: 0.041666666666666664,
    intermediate_size: g('feed_forward_length'),
    max_position_embeddings: g('context_length'),
    mlp_bias: false,
    model_type: 'llama',
    num_attention_heads: heads,
    num_hidden_layers: g('block_count'),
    num_key_value_heads: kvHeads,
    pretraining_tp: 1,
    rms_norm_eps: Number(g('attention.layer_norm_rms_epsilon').toPrecision(6)),
    rope_scaling: null,
    rope_theta: g('rope.freq_base'),
    tie_word_embeddings: true,
    torch_dtype: 'bfloat16',
    use_cache: true,
    vocab_size: tokens.length,
  })
  json('generation_config.json', { _from_model_config: true, ...ids })
  const added = tokens.flatMap((content, id) =>
    [3, 4].includes(meta['tokenizer.ggml.token_type'][id])
      ? [
          {
            id,
            content,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: true,
          },
        ]
      : [],
  )
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  }
  json(
    'tokenizer.json',
    {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel],
      },
      post_processor: null,
      decoder: { ...byteLevel, add_prefix_space: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: tokens[0],
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(tokens.map((t, i) => [t, i])),
        merges: meta['tokenizer.ggml.merges'].map((m) => m.split(' ')),
      },
    },
    0,
  )
  json('tokenizer_config.json', {
    add_prefix_space: false,
    added_tokens_decoder: Object.fromEntries(added.map(({ id, ...a }) => [id, a])),
    additional_special_tokens: ['<|im_start|>', '<|im_end|>'],
    bos_token: tokens[ids.bos_token_id],
    eos_token: tokens[ids.eos_token_id],
    pad_token: tokens[ids.pad_token_id],
    unk_token: tokens[0],
    clean_up_tokenization_spaces: false,
    model_max_length: g('context_length'),
    tokenizer_class: 'GPT2Tokenizer',
    vocab_size: tokens.length,
    chat_template: meta['tokenizer.chat_template'],
  })
  const entries = tensors
    .map((t) => ({ ...t, hub: hubName(t.name) }))
    .sort((a, b) => (a.hub < b.hub ? -1 : 1))
  const header = { __metadata__: { format: 'pt' } }
  let at = 0
  for (const t of entries)
    header[t.hub] = { dtype: 'BF16', shape: t.shape, data_offsets: [at, (at += 2 * t.count)] }
  const head = Buffer.from(JSON.stringify(header)),
    pad = (8 - (head.length % 8)) % 8,
    length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(head.length + pad))
  const fd = openSync(join(out, 'model.safetensors'), 'w')
  writeSync(fd, Buffer.concat([length, head, Buffer.alloc(pad, 32)]))
  for (const t of entries) {
    const rowHeads = t.name.endsWith('attn_q.weight')
      ? heads
      : t.name.endsWith('attn_k.weight')
        ? kvHeads
        : 0
    const half = bfloat16(
      rowHeads ? halfSplit(values(t, bytes), t.shape, rowHeads) : values(t, bytes),
    )
    for (let b = new Uint8Array(half.buffer), done = 0; done < b.length; )
      done += writeSync(fd, b, done)
  }
  closeSync(fd)
}

function hubName(name) {
  const [a, layer, part] = name.split('.')
  return a === 'blk'
    ? `model.layers.${layer}.${hubNames[part]}.weight`
    : a === 'token_embd'
      ? 'model.embed_tokens.weight'
      : 'model.norm.weight'
}

/** Header and tensor table of a GGUF v3 file. */
function read(path) {
  const file = readFileSync(path),
    view = new DataView(file.buffer, file.byteOffset, file.length),
    text = new TextDecoder()
  let p = 8
  const u32 = () => ((p += 4), view.getUint32(p - 4, true)),
    u64 = () => ((p += 8), Number(view.getBigUint64(p - 8, true)))
  const string = () => {
    const n = u64()
    p += n
    return text.decode(file.subarray(p - n, p))
  }
  const value = (type) => {
    switch (type) {
      case 0:
        return view.getUint8(p++)
      case 1:
        return view.getInt8(p++)
      case 4:
        return u32()
      case 5:
        p += 4
        return view.getInt32(p - 4, true)
      case 6:
        p += 4
        return view.getFloat32(p - 4, true)
      case 7:
        return view.getUint8(p++) !== 0
      case 8:
        return string()
      case 9: {
        const of = u32(),
          n = u64()
        return Array.from({ length: n }, () => value(of))
      }
      case 10:
        return u64()
      default:
        throw new Error(`gguf: value type ${type}`)
    }
  }
  const count = u64(),
    keys = u64(),
    meta = {}
  for (let i = 0; i < keys; i++) {
    const k = string()
    meta[k] = value(u32())
  }
  const tensors = Array.from({ length: count }, () => {
    const name = string(),
      dims = Array.from({ length: u32() }, u64),
      type = u32(),
      offset = u64()
    return { name, shape: dims.reverse(), type, offset, count: dims.reduce((a, b) => a * b, 1) }
  })
  const align = meta['general.alignment'] ?? 32,
    start = Math.ceil(p / align) * align
  return { meta, tensors, bytes: file.subarray(start) }
}

/** Float32 values of a tensor. Q4_1: half scale, half minimum, 16 bytes of nibbles (low half first). Q8_0: half scale, 32 int8. */
function values({ type, offset, count }, bytes) {
  const [per, size] = blocks[type] ?? [],
    out = new Float32Array(count)
  if (!per) throw new Error(`gguf: tensor type ${type}`)
  const v = new DataView(bytes.buffer, bytes.byteOffset + offset, (count / per) * size)
  for (let b = 0, p = 0; b < count; b += per, p += size) {
    if (type === 0) out[b] = v.getFloat32(p, true)
    else if (type === 8)
      for (let i = 0, d = half(v.getUint16(p, true)); i < 32; i++)
        out[b + i] = d * v.getInt8(p + 2 + i)
    else
      for (
        let i = 0, d = half(v.getUint16(p, true)), m = half(v.getUint16(p + 2, true));
        i < 16;
        i++
      ) {
        const q = v.getUint8(p + 4 + i)
        out[b + i] = Math.fround(d * (q & 15)) + m
        out[b + 16 + i] = Math.fround(d * (q >> 4)) + m
      }
  }
  return out
}

function half(h) {
  const s = h & 0x8000 ? -1 : 1,
    e = (h >> 10) & 31,
    f = h & 1023
  return (
    s * (e === 0 ? f * 2 ** -24 : e === 31 ? (f ? NaN : Infinity) : (1 + f / 1024) * 2 ** (e - 15))
  )
}

/** Rows of neighbouring rotary pairs, as GGUF keeps them, back to the Hub's two halves per head. */
function halfSplit(w, [rows, columns], heads) {
  const out = new Float32Array(w.length),
    dim = rows / heads
  for (let r = 0; r < rows; r++) {
    const h = Math.floor(r / dim),
      i = r % dim,
      to = h * dim + (i % 2) * (dim / 2) + (i >> 1)
    out.set(w.subarray(r * columns, (r + 1) * columns), to * columns)
  }
  return out
}

/** Rounds to nearest even. */
function bfloat16(w) {
  const u = new Uint32Array(w.buffer),
    out = new Uint16Array(w.length)
  for (let i = 0; i < u.length; i++) out[i] = (u[i] + 0x7fff + ((u[i] >>> 16) & 1)) >>> 16
  return out
}
