// For tests: a tiny checkpoint as a GGUF file, written the way converters write it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Entry, ggufBytes } from '../../../formats/src/gguf-bytes-for-test.ts'
import { formula, type TinyModel, tinyModel } from '../tiny-checkpoint.ts'

type Keys = Readonly<Record<string, Entry>>

/** What a test changes before the file is written. */
export interface GGUFChanges {
  readonly architecture?: string
  /** Keys of the architecture, without its name in front; undefined leaves one out. */
  readonly keys?: Readonly<Record<string, Entry | undefined>>
  /** Keys with their whole names. */
  readonly metadata?: Keys
  /** Further tensors F32. */
  readonly extra?: Readonly<Record<string, readonly number[]>>
  /** Name in the model -> name in the file; undefined leaves one out. */
  readonly rename?: (name: string) => string | undefined
  /** Writes matrices as Q8_0. */
  readonly isPacked?: boolean
}

const parts: readonly (readonly [RegExp, string])[] = [
  [/^model\.embed_tokens/, 'token_embd'],
  [/^model\.norm/, 'output_norm'],
  [/^lm_head/, 'output'],
  [/^model\.layers\.(\d+)\.input_layernorm/, 'blk.$1.attn_norm'],
  [/^model\.layers\.(\d+)\.self_attn\.o_proj/, 'blk.$1.attn_output'],
  [/^model\.layers\.(\d+)\.self_attn\.([qkv])_proj/, 'blk.$1.attn_$2'],
  [/^model\.layers\.(\d+)\.self_attn\.([qk])_norm/, 'blk.$1.attn_$2_norm'],
  [/^model\.layers\.(\d+)\.post_attention_layernorm/, 'blk.$1.ffn_norm'],
  [/^model\.layers\.(\d+)\.mlp\.(gate|up|down)_proj/, 'blk.$1.ffn_$2'],
  [/^transformer\.wte/, 'token_embd'],
  [/^transformer\.wpe/, 'position_embd'],
  [/^transformer\.ln_f/, 'output_norm'],
  [/^transformer\.h\.(\d+)\.ln_1/, 'blk.$1.attn_norm'],
  [/^transformer\.h\.(\d+)\.ln_2/, 'blk.$1.ffn_norm'],
  [/^transformer\.h\.(\d+)\.attn\.c_attn/, 'blk.$1.attn_qkv'],
  [/^transformer\.h\.(\d+)\.attn\.c_proj/, 'blk.$1.attn_output'],
  [/^transformer\.h\.(\d+)\.mlp\.c_fc/, 'blk.$1.ffn_up'],
  [/^transformer\.h\.(\d+)\.mlp\.c_proj/, 'blk.$1.ffn_down'],
]

function storedName(name: string): string {
  for (const [pattern, stored] of parts)
    if (pattern.test(name)) return name.replace(pattern, stored)
  throw new RangeError(`tiny-gguf: every weight must have a name in the file; got ${name}.`)
}

function keysOf(config: Record<string, unknown>): Keys {
  const u32 = (key: string): Entry => ['u32', config[key]]
  if (config.model_type === 'gpt2') {
    return {
      embedding_length: u32('n_embd'),
      'attention.head_count': u32('n_head'),
      block_count: u32('n_layer'),
      context_length: u32('n_positions'),
      feed_forward_length: u32('n_inner'),
      'attention.layer_norm_epsilon': ['f32', config.layer_norm_epsilon],
    }
  }
  const rope = config.rope_parameters as { rope_theta: number }
  const width = config.head_dim ?? Number(config.hidden_size) / Number(config.num_attention_heads)
  return {
    embedding_length: u32('hidden_size'),
    feed_forward_length: u32('intermediate_size'),
    block_count: u32('num_hidden_layers'),
    context_length: u32('max_position_embeddings'),
    'attention.head_count': u32('num_attention_heads'),
    'attention.head_count_kv': u32('num_key_value_heads'),
    'attention.key_length': ['u32', width],
    'attention.value_length': ['u32', width],
    'attention.layer_norm_rms_epsilon': ['f32', config.rms_norm_eps],
    'rope.freq_base': ['f32', rope.rope_theta],
    'rope.dimension_count': ['u32', width],
  }
}

/** Rows of each head from (i, i + D/2) to (2i, 2i + 1). */
function paired(values: Float32Array, rows: number, heads: number): Float32Array {
  const width = rows / heads
  const columns = values.length / rows
  const out = new Float32Array(values.length)
  for (let row = 0; row < rows; row++) {
    const [head, place] = [Math.floor(row / width), row % width]
    const [half, i] = [Math.floor(place / (width / 2)), place % (width / 2)]
    const to = head * width + 2 * i + half
    out.set(values.subarray(row * columns, (row + 1) * columns), to * columns)
  }
  return out
}

function transposed(values: Float32Array, [rows, columns]: readonly number[]): Float32Array {
  return values.map((_, i) => values[(i % rows!) * columns! + Math.floor(i / rows!)]!)
}

/** Blocks of Q8_0 with scales that are powers of two, so that `unpacked` is exact. */
function packed(values: Float32Array): Uint8Array {
  const out = Buffer.alloc((values.length / 32) * 34)
  for (let block = 0; block < values.length / 32; block++) {
    out.writeUInt16LE(0x1c00, block * 34) // 2^-8
    for (let i = 0; i < 32; i++)
      out.writeInt8(quantized(values[block * 32 + i]!) * 256, block * 34 + 2 + i)
  }
  return out
}

/** A weight as `packed` keeps it. */
export const quantized = (value: number): number =>
  Math.max(-128, Math.min(127, Math.round(value * 256))) / 256

/** The bytes of the file. */
export function tinyGGUF(
  { config, shapes }: Pick<TinyModel, 'config' | 'shapes'>,
  changes: GGUFChanges = {},
): Uint8Array {
  const type = config.model_type as string
  const architecture = changes.architecture ?? (type === 'mistral' ? 'llama' : type)
  const keys = { ...keysOf(config), ...changes.keys }
  const isPaired = architecture === 'llama' || architecture === 'smollm3'
  const heads = { q: config.num_attention_heads, k: config.num_key_value_heads }
  const tensors = Object.entries(shapes).flatMap(([name, shape]) => {
    if (changes.rename && changes.rename(name) === undefined) return []
    let values = formula(name, shape)
    let dims = [...shape].reverse()
    const which = /self_attn\.([qk])_proj/.exec(name)?.[1] as 'q' | 'k' | undefined
    if (isPaired && which) values = paired(values, shape[0]!, Number(heads[which]))
    if (/c_(attn|proj|fc)\.weight/.test(name)) {
      values = transposed(values, shape)
      dims = [...shape]
    }
    const isPacked = changes.isPacked && shape.length === 2
    const data = isPacked ? packed(values) : new Uint8Array(values.buffer)
    const stored = changes.rename?.(name) ?? storedName(name)
    return [{ name: stored, dims, data, type: isPacked ? 8 : 0 }]
  })
  const extra = Object.entries(changes.extra ?? {}).map(([name, values]) => {
    return { name, dims: [values.length], data: new Uint8Array(Float32Array.from(values).buffer) }
  })
  return ggufBytes({
    keys: [
      ['general.architecture', ['string', architecture]],
      ...Object.entries(keys).flatMap(([key, entry]) =>
        entry === undefined ? [] : [[`${architecture}.${key}`, entry] as const],
      ),
      ['tokenizer.ggml.bos_token_id', ['u32', 1]],
      ['tokenizer.ggml.eos_token_id', ['u32', 2]],
      ...Object.entries(changes.metadata ?? {}),
    ],
    tensors: [...tensors, ...extra],
  })
}

/** Writes a GGUF file, gives its path to `use`, and removes it. */
export async function withGGUF<T>(
  bytes: Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'heddle-gguf-'))
  try {
    const path = join(dir, 'model.gguf')
    writeFileSync(path, bytes)
    return await use(path)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** A model whose rows are whole blocks of 32 values. */
export const wideModel = {
  config: {
    ...tinyModel('llama').config,
    ...{ hidden_size: 32, intermediate_size: 64, head_dim: 8 },
    ...{ num_attention_heads: 4, num_key_value_heads: 2, num_hidden_layers: 1 },
  },
  shapes: Object.fromEntries(
    Object.entries(tinyModel('llama').shapes)
      .filter(([name]) => !name.includes('layers.1'))
      .map(([name, shape]) => [name, shape.map((n) => ({ 8: 16, 16: 32, 20: 64 })[n] ?? n)]),
  ),
  inputIds: tinyModel('llama').inputIds,
}
