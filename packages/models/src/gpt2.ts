// GPT-2: learned positions, LayerNorm, one projection for queries, keys and values, weights stored
// [in, out]. Radford et al. 2019; the scaling options are those of Mistral's GPT-2 (Stanford CRFM).
// B batch, T new tokens, H heads, D head width
import {
  activation,
  type CausalLMOutput,
  Conv1D,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  mergeHeads,
  splitHeads,
} from '@heddle/nn'
import { add, attention, type Tensor } from '@heddle/tensor'
import type { ConfigReader } from './config-reader.ts'
import { type CausalDecoder, causalOutput, type DecoderInputs, runLayers } from './decoder.ts'
import { type DecoderConfig, LIMITS, readHeadDim, readTokenIds } from './decoder-config.ts'
import { defineModel } from './define-model.ts'
import type { KVLayer } from '@heddle/cache'

export interface GPT2Config extends DecoderConfig {
  readonly activationFunction: string
  readonly layerNormEpsilon: number
  readonly scaleAttnWeights: boolean
  readonly scaleAttnByInverseLayerIdx: boolean
}

function parseConfig(reader: ConfigReader): GPT2Config {
  const hiddenSize = reader.integer('n_embd', LIMITS.width)
  const numAttentionHeads = reader.integer('n_head', LIMITS.heads)
  reader.requireNeutral('add_cross_attention', false)
  return {
    modelType: 'gpt2',
    vocabSize: reader.integer('vocab_size', LIMITS.vocabulary),
    hiddenSize,
    intermediateSize: reader.optionalInteger('n_inner', LIMITS.width) ?? 4 * hiddenSize,
    numHiddenLayers: reader.integer('n_layer', LIMITS.layers),
    numAttentionHeads,
    numKeyValueHeads: numAttentionHeads,
    headDim: readHeadDim(reader, hiddenSize, numAttentionHeads),
    maxPositionEmbeddings: reader.integer('n_positions', { default: 1024 }),
    tieWordEmbeddings: reader.boolean('tie_word_embeddings', true),
    ...readTokenIds(reader),
    activationFunction: reader.string('activation_function', 'gelu_new'),
    layerNormEpsilon: reader.number('layer_norm_epsilon', { default: 1e-5, max: 1 }),
    scaleAttnWeights: reader.boolean('scale_attn_weights', true),
    scaleAttnByInverseLayerIdx: reader.boolean('scale_attn_by_inverse_layer_idx', false),
  }
}

export class GPT2Attention extends Module {
  readonly hiddenSize: number
  readonly headDim: number
  readonly scale: number
  readonly cAttn: Conv1D
  readonly cProj: Conv1D

  constructor(config: GPT2Config, layer: number) {
    super()
    const { hiddenSize, headDim } = config
    this.hiddenSize = hiddenSize
    this.headDim = headDim
    const scale = config.scaleAttnWeights ? headDim ** -0.5 : 1
    this.scale = config.scaleAttnByInverseLayerIdx ? scale / (layer + 1) : scale
    this.cAttn = new Conv1D(hiddenSize, 3 * hiddenSize)
    this.cProj = new Conv1D(hiddenSize, hiddenSize)
  }

  forward(x: Tensor, cache: KVLayer): Tensor {
    const { hiddenSize, headDim, scale } = this
    const qkv = this.cAttn.forward(x) // [B, T, 3 * H * D]
    const heads = (third: number) =>
      splitHeads(qkv.slice(2, third * hiddenSize, (third + 1) * hiddenSize), headDim)
    const kv = cache.append(heads(1), heads(2))
    return this.cProj.forward(mergeHeads(attention(heads(0), kv, { scale })))
  }
}

export class GPT2MLP extends Module {
  readonly cFc: Conv1D
  readonly cProj: Conv1D
  readonly act: (x: Tensor) => Tensor

  constructor(config: GPT2Config) {
    super()
    this.cFc = new Conv1D(config.hiddenSize, config.intermediateSize)
    this.cProj = new Conv1D(config.intermediateSize, config.hiddenSize)
    this.act = activation(config.activationFunction)
  }

  forward(x: Tensor): Tensor {
    return this.cProj.forward(this.act(this.cFc.forward(x)))
  }
}

export class GPT2Block extends Module {
  readonly ln_1: LayerNorm
  readonly attn: GPT2Attention
  readonly ln_2: LayerNorm
  readonly mlp: GPT2MLP

  constructor(config: GPT2Config, layer: number) {
    super()
    this.ln_1 = new LayerNorm(config.hiddenSize, config.layerNormEpsilon)
    this.attn = new GPT2Attention(config, layer)
    this.ln_2 = new LayerNorm(config.hiddenSize, config.layerNormEpsilon)
    this.mlp = new GPT2MLP(config)
  }

  forward(x: Tensor, cache: KVLayer): Tensor {
    const h = add(x, this.attn.forward(this.ln_1.forward(x), cache))
    return add(h, this.mlp.forward(this.ln_2.forward(h)))
  }
}

export class GPT2Model extends Module {
  readonly wte: Embedding
  readonly wpe: Embedding
  readonly h: readonly GPT2Block[]
  readonly lnF: LayerNorm

  constructor(config: GPT2Config) {
    super()
    this.wte = new Embedding(config.vocabSize, config.hiddenSize)
    this.wpe = new Embedding(config.maxPositionEmbeddings, config.hiddenSize)
    this.h = Array.from({ length: config.numHiddenLayers }, (_, i) => new GPT2Block(config, i))
    this.lnF = new LayerNorm(config.hiddenSize, config.layerNormEpsilon)
  }
}

export class GPT2LMHeadModel extends Module implements CausalDecoder {
  readonly transformer: GPT2Model
  readonly lmHead: Linear
  readonly maxPositions: number

  constructor(config: GPT2Config) {
    super()
    this.transformer = new GPT2Model(config)
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

export default defineModel<GPT2Config>({
  modelType: 'gpt2',
  configName: 'GPT2Config',
  basePrefix: 'transformer',
  ignoredWeights: [/(^|\.)h\.\d+\.attn\.(masked_)?bias$/],
  parseConfig,
  build: (config) => new GPT2LMHeadModel(config),
})
