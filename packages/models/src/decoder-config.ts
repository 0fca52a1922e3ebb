import type { CausalLMConfig } from '@heddle/nn'
import type { ConfigReader } from './config-reader.ts'

/** What every decoder's config has. */
export interface DecoderConfig extends CausalLMConfig {
  readonly intermediateSize: number
  readonly tieWordEmbeddings: boolean
}

/** Most layers, widths and ids a config may ask for: far above any model, far below an overflow. */
export const LIMITS = {
  layers: { max: 1024 },
  heads: { max: 65536 },
  headDim: { max: 65536 },
  width: { max: 2 ** 24 },
  vocabulary: { max: 2 ** 31 - 1 },
} as const

/** Sizes, heads and token ids under the names that Llama gave them. */
export function readDecoderConfig(
  reader: ConfigReader,
  modelType: string,
  defaults: { numKeyValueHeads?: number; headDim?: number; tieWordEmbeddings?: boolean } = {},
): DecoderConfig {
  const vocabSize = reader.integer('vocab_size', LIMITS.vocabulary)
  const hiddenSize = reader.integer('hidden_size', LIMITS.width)
  const numAttentionHeads = reader.integer('num_attention_heads', LIMITS.heads)
  return {
    modelType,
    vocabSize,
    hiddenSize,
    intermediateSize: reader.integer('intermediate_size', LIMITS.width),
    numHiddenLayers: reader.integer('num_hidden_layers', LIMITS.layers),
    numAttentionHeads,
    numKeyValueHeads: readKeyValueHeads(reader, numAttentionHeads, defaults.numKeyValueHeads),
    headDim: readHeadDim(reader, hiddenSize, numAttentionHeads, defaults.headDim),
    maxPositionEmbeddings: reader.integer('max_position_embeddings', { default: 2048 }),
    tieWordEmbeddings: reader.boolean('tie_word_embeddings', defaults.tieWordEmbeddings ?? false),
    ...readTokenIds(reader),
  }
}

/** Ids of the special tokens. -1, which old files write for 'none', is none. */
export function readTokenIds(
  reader: ConfigReader,
): Pick<CausalLMConfig, 'bosTokenId' | 'eosTokenId' | 'padTokenId'> {
  const id = (key: string) =>
    reader.raw(key) === -1 ? undefined : reader.optionalInteger(key, { min: 0 })
  const eos = reader.raw('eos_token_id')
  return {
    bosTokenId: id('bos_token_id'),
    eosTokenId: Array.isArray(eos)
      ? [...reader.list('eos_token_id', eos.length, 'a token id', isTokenId)!]
      : id('eos_token_id'),
    padTokenId: id('pad_token_id'),
  }
}

/** Heads have a width that divides `hiddenSize` unless `head_dim` says otherwise. */
export function readHeadDim(
  reader: ConfigReader,
  hiddenSize: number,
  numAttentionHeads: number,
  fallback?: number,
): number {
  const headDim = reader.optionalInteger('head_dim', { ...LIMITS.headDim, default: fallback })
  if (headDim !== undefined) return headDim
  if (hiddenSize % numAttentionHeads === 0) return hiddenSize / numAttentionHeads
  throw reader.error(
    'hidden_size',
    `must be a multiple of numAttentionHeads (${numAttentionHeads})`,
  )
}

function readKeyValueHeads(reader: ConfigReader, heads: number, fallback = heads): number {
  const options = { ...LIMITS.heads, default: fallback }
  const groups = reader.optionalInteger('num_key_value_heads', options) ?? heads
  if (heads % groups === 0) return groups
  throw reader.error('num_key_value_heads', `must be a divisor of numAttentionHeads (${heads})`)
}

function isTokenId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31
}
