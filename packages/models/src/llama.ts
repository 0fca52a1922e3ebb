// Llama: pre-norm decoder, rotary positions, grouped-query attention, SwiGLU. The plainest file
// here; the others differ from it. Touvron et al. 2023, arXiv:2302.13971 and 2307.09288.
// B batch, T new tokens, H query heads, G key/value heads, D head width
import {
  type CausalLMOutput,
  Embedding,
  Linear,
  Module,
  mergeHeads,
  RMSNorm,
  projectHeads,
} from '@heddle/nn'
import { add, attention, rope, type Tensor } from '@heddle/tensor'
import type { ConfigReader } from './config-reader.ts'
import { causalOutput, type DecoderContext, type DecoderInputs, runLayers } from './decoder.ts'
import { type DecoderConfig, readDecoderConfig } from './decoder-config.ts'
import { defineModel } from './define-model.ts'
import { type RopeParameters, readRopeParameters, Rotary } from './rotary.ts'
import { SwiGLUMLP } from './swiglu-mlp.ts'

export interface LlamaConfig extends DecoderConfig {
  readonly hiddenAct: string
  readonly rmsNormEps: number
  readonly attentionBias: boolean
  readonly mlpBias: boolean
  readonly ropeParameters: RopeParameters
}

function parseConfig(reader: ConfigReader): LlamaConfig {
  const config = readDecoderConfig(reader, 'llama')
  // Sliced projections, the same product in another order of summation: only 1 is what we compute.
  reader.requireNeutral('pretraining_tp', 1)
  return {
    ...config,
    hiddenAct: reader.string('hidden_act', 'silu'),
    rmsNormEps: reader.number('rms_norm_eps', { default: 1e-6, max: 1 }),
    attentionBias: reader.boolean('attention_bias', false),
    mlpBias: reader.boolean('mlp_bias', false),
    ropeParameters: readRopeParameters(reader, config),
  }
}

export class LlamaAttention extends Module {
  readonly headDim: number
  readonly scale: number
  readonly qProj: Linear
  readonly kProj: Linear
  readonly vProj: Linear
  readonly oProj: Linear

  constructor(config: LlamaConfig) {
    super()
    const { hiddenSize, headDim, attentionBias: bias } = config
    this.headDim = headDim
    this.scale = headDim ** -0.5
    this.qProj = new Linear(hiddenSize, config.numAttentionHeads * headDim, { bias })
    this.kProj = new Linear(hiddenSize, config.numKeyValueHeads * headDim, { bias })
    this.vProj = new Linear(hiddenSize, config.numKeyValueHeads * headDim, { bias })
    this.oProj = new Linear(config.numAttentionHeads * headDim, hiddenSize, { bias })
  }

  forward(x: Tensor, context: DecoderContext): Tensor {
    const layers = [this.qProj, this.kProj, this.vProj] as const
    const [query, key, value] = projectHeads(x, layers, this.headDim)
    const q = rope(query, context.rope) // [B, H, T, D]
    const k = rope(key, context.rope) // [B, G, T, D]
    const kv = context.cache.append(k, value)
    return this.oProj.forward(mergeHeads(attention(q, kv, { scale: this.scale })))
  }
}

export class LlamaDecoderLayer extends Module {
  readonly inputLayernorm: RMSNorm
  readonly selfAttn: LlamaAttention
  readonly postAttentionLayernorm: RMSNorm
  readonly mlp: SwiGLUMLP

  constructor(config: LlamaConfig) {
    super()
    this.inputLayernorm = new RMSNorm(config.hiddenSize, config.rmsNormEps)
    this.selfAttn = new LlamaAttention(config)
    this.postAttentionLayernorm = new RMSNorm(config.hiddenSize, config.rmsNormEps)
    this.mlp = new SwiGLUMLP(config)
  }

  forward(x: Tensor, context: DecoderContext): Tensor {
    const h = add(x, this.selfAttn.forward(this.inputLayernorm.forward(x), context))
    return add(h, this.mlp.forward(this.postAttentionLayernorm.forward(h)))
  }
}

export class LlamaModel extends Module {
  readonly embedTokens: Embedding
  readonly layers: readonly LlamaDecoderLayer[]
  readonly norm: RMSNorm

  constructor(config: LlamaConfig) {
    super()
    const { vocabSize, hiddenSize, numHiddenLayers } = config
    this.embedTokens = new Embedding(vocabSize, hiddenSize)
    this.layers = Array.from({ length: numHiddenLayers }, () => new LlamaDecoderLayer(config))
    this.norm = new RMSNorm(hiddenSize, config.rmsNormEps)
  }
}

export class LlamaForCausalLM extends Module {
  readonly model: LlamaModel
  readonly lmHead: Linear
  readonly rotary: Rotary

  constructor(config: LlamaConfig) {
    super()
    this.model = new LlamaModel(config)
    const tied = config.tieWordEmbeddings ? this.model.embedTokens.weight : undefined
    this.lmHead = new Linear(config.hiddenSize, config.vocabSize, { bias: false, weight: tied })
    this.rotary = new Rotary(config.ropeParameters, config)
  }

  forward(inputs: DecoderInputs): CausalLMOutput {
    const { embedTokens, layers, norm } = this.model
    const table = this.rotary.table(inputs)
    const embedded = embedTokens.forward(inputs.inputIds)
    const hidden = runLayers(layers, embedded, inputs, (layer, x, cache) =>
      layer.forward(x, { rope: table, cache }),
    )
    return causalOutput(hidden, norm, this.lmHead, inputs)
  }
}

export default defineModel<LlamaConfig>({
  modelType: 'llama',
  configName: 'LlamaConfig',
  basePrefix: 'model',
  parseConfig,
  build: (config) => new LlamaForCausalLM(config),
})
