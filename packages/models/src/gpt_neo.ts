// GPT-Neo: GPT-2 with separate projections, weights [out, in], attention scores that are not scaled,
// and local layers that see the last `windowSize` keys. Black et al. 2021, github EleutherAI/gpt-neo.
// B batch, T new tokens, H heads, D head width
import type { KVLayer } from '@heddle/cache'
import {
  activation,
  type CausalLMOutput,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  mergeHeads,
  projectHeads,
} from '@heddle/nn'
import { add, attention, type Tensor } from '@heddle/tensor'
import type { ConfigReader } from './config-reader.ts'
import { type CausalDecoder, causalOutput, type DecoderInputs, runLayers } from './decoder.ts'
import { type DecoderConfig, LIMITS, readHeadDim, readTokenIds } from './decoder-config.ts'
import { defineModel } from './define-model.ts'

type AttentionLayer = 'global' | 'local'

export interface GPTNeoConfig extends DecoderConfig {
  readonly activationFunction: string
  readonly layerNormEpsilon: number
  readonly attentionLayers: readonly AttentionLayer[]
  readonly windowSize: number
}

function parseConfig(reader: ConfigReader): GPTNeoConfig {
  const hiddenSize = reader.integer('hidden_size', LIMITS.width)
  const numAttentionHeads = reader.integer('num_heads', LIMITS.heads)
  const numHiddenLayers = reader.integer('num_layers', LIMITS.layers)
  return {
    modelType: 'gpt_neo',
    vocabSize: reader.integer('vocab_size', LIMITS.vocabulary),
    hiddenSize,
    intermediateSize: reader.optionalInteger('intermediate_size', LIMITS.width) ?? 4 * hiddenSize,
    numHiddenLayers,
    numAttentionHeads,
    numKeyValueHeads: numAttentionHeads,
    headDim: readHeadDim(reader, hiddenSize, numAttentionHeads),
    maxPositionEmbeddings: reader.integer('max_position_embeddings', { default: 2048 }),
    tieWordEmbeddings: reader.boolean('tie_word_embeddings', true),
    ...readTokenIds(reader),
    activationFunction: reader.string('activation_function', 'gelu_new'),
    layerNormEpsilon: reader.number('layer_norm_epsilon', { default: 1e-5, max: 1 }),
    attentionLayers: readAttentionLayers(reader, numHiddenLayers),
    windowSize: reader.integer('window_size', { default: 256 }),
  }
}

// attention_types is [[['global', 'local'], 12]]: lists of layers, each with a repeat count.
function readAttentionLayers(reader: ConfigReader, numLayers: number): readonly AttentionLayer[] {
  const isLayer = (value: unknown): value is AttentionLayer =>
    value === 'global' || value === 'local'
  const isPair = (value: unknown): value is [AttentionLayer[], number] =>
    Array.isArray(value) &&
    value.length === 2 &&
    Array.isArray(value[0]) &&
    value[0].every(isLayer) &&
    Number.isInteger(value[1]) &&
    value[1] > 0 &&
    value[0].length * value[1] <= numLayers
  const types = reader.raw('attention_types') ?? [[['global', 'local'], numLayers / 2]]
  if (Array.isArray(types) && types.length <= numLayers && types.every(isPair)) {
    const layers = types.flatMap(([kinds, count]) => Array.from({ length: count }, () => kinds))
    if (layers.flat().length === numLayers) return layers.flat()
  }
  const rule = `must list 'global' or 'local' for each of ${numLayers} layers`
  throw reader.error('attention_types', rule)
}

export class GPTNeoSelfAttention extends Module {
  readonly headDim: number
  readonly window: number | undefined
  readonly kProj: Linear
  readonly vProj: Linear
  readonly qProj: Linear
  readonly outProj: Linear

  constructor(config: GPTNeoConfig, layer: number) {
    super()
    const { hiddenSize } = config
    this.headDim = config.headDim
    this.window = config.attentionLayers[layer] === 'local' ? config.windowSize : undefined
    this.kProj = new Linear(hiddenSize, hiddenSize, { bias: false })
    this.vProj = new Linear(hiddenSize, hiddenSize, { bias: false })
    this.qProj = new Linear(hiddenSize, hiddenSize, { bias: false })
    this.outProj = new Linear(hiddenSize, hiddenSize, { bias: true })
  }

  forward(x: Tensor, cache: KVLayer): Tensor {
    const layers = [this.qProj, this.kProj, this.vProj] as const
    const [query, key, value] = projectHeads(x, layers, this.headDim)
    const kv = cache.append(key, value)
    const { window } = this
    return this.outProj.forward(mergeHeads(attention(query, kv, { scale: 1, window })))
  }
}

/** The level that the checkpoint's names have between a block and its attention. */
export class GPTNeoAttention extends Module {
  readonly attention: GPTNeoSelfAttention

  constructor(config: GPTNeoConfig, layer: number) {
    super()
    this.attention = new GPTNeoSelfAttention(config, layer)
  }
}

export class GPTNeoMLP extends Module {
  readonly cFc: Linear
  readonly cProj: Linear
  readonly act: (x: Tensor) => Tensor

  constructor(config: GPTNeoConfig) {
    super()
    this.cFc = new Linear(config.hiddenSize, config.intermediateSize, { bias: true })
    this.cProj = new Linear(config.intermediateSize, config.hiddenSize, { bias: true })
    this.act = activation(config.activationFunction)
  }

  forward(x: Tensor): Tensor {
    return this.cProj.forward(this.act(this.cFc.forward(x)))
  }
}

export class GPTNeoBlock extends Module {
  readonly ln_1: LayerNorm
  readonly attn: GPTNeoAttention
  readonly ln_2: LayerNorm
  readonly mlp: GPTNeoMLP

  constructor(config: GPTNeoConfig, layer: number) {
    super()
    this.ln_1 = new LayerNorm(config.hiddenSize, config.layerNormEpsilon)
    this.attn = new GPTNeoAttention(config, layer)
    this.ln_2 = new LayerNorm(config.hiddenSize, config.layerNormEpsilon)
    this.mlp = new GPTNeoMLP(config)
  }

  forward(x: Tensor, cache: KVLayer): Tensor {
    const h = add(x, this.attn.attention.forward(this.ln_1.forward(x), cache))
    return add(h, this.mlp.forward(this.ln_2.forward(h)))
  }
}

export class GPTNeoModel extends Module {
  readonly wte: Embedding
  readonly wpe: Embedding
  readonly h: readonly GPTNeoBlock[]
  readonly lnF: LayerNorm

  constructor(config: GPTNeoConfig) {
    super()
    this.wte = new Embedding(config.vocabSize, config.hiddenSize)
    this.wpe = new Embedding(config.maxPositionEmbeddings, config.hiddenSize)
    this.h = Array.from({ length: config.numHiddenLayers }, (_, i) => new GPTNeoBlock(config, i))
    this.lnF = new LayerNorm(config.hiddenSize, config.layerNormEpsilon)
  }
}

export class GPTNeoForCausalLM extends Module implements CausalDecoder {
  readonly transformer: GPTNeoModel
  readonly lmHead: Linear
  readonly maxPositions: number

  constructor(config: GPTNeoConfig) {
    super()
    this.transformer = new GPTNeoModel(config)
    const tied = config.tieWordEmbeddings ? this.transformer.wte.weight : undefined
    this.lmHead = new Linear(config.hiddenSize, config.vocabSize, { bias: false, weight: tied })
    this.maxPositions = config.maxPositionEmbeddings
  }

  forward(inputs: DecoderInputs): CausalLMOutput {
    const { wte, wpe, h, lnF } = this.transformer
    const x = add(wte.forward(inputs.inputIds), wpe.forward(inputs.positions))
    const hidden = runLayers(h, x, inputs, (block, x, cache) => block.forward(x, cache))
    return causalOutput(hidden, lnF, this.lmHead, inputs)
  }
}

export default defineModel<GPTNeoConfig>({
  modelType: 'gpt_neo',
  configName: 'GPTNeoConfig',
  basePrefix: 'transformer',
  ignoredWeights: [/(^|\.)h\.\d+\.attn\.attention\.(masked_)?bias$/],
  parseConfig,
  build: (config) => new GPTNeoForCausalLM(config),
})
