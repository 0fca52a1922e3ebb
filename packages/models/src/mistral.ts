// Mistral: Llama without biases, every query seeing only the last `slidingWindow` keys.
// Jiang et al. 2023, arXiv:2310.06825.
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

export interface MistralConfig extends DecoderConfig {
  readonly hiddenAct: string
  readonly rmsNormEps: number
  readonly slidingWindow: number | undefined
  readonly ropeParameters: RopeParameters
}

function parseConfig(reader: ConfigReader): MistralConfig {
  const config = readDecoderConfig(reader, 'mistral', { numKeyValueHeads: 8 })
  return {
    ...config,
    hiddenAct: reader.string('hidden_act', 'silu'),
    rmsNormEps: reader.number('rms_norm_eps', { default: 1e-6, max: 1 }),
    slidingWindow: reader.optionalInteger('sliding_window', { default: 4096 }),
    ropeParameters: readRopeParameters(reader, config),
  }
}

export class MistralAttention extends Module {
  readonly headDim: number
  readonly scale: number
  readonly window: number | undefined
  readonly qProj: Linear
  readonly kProj: Linear
  readonly vProj: Linear
  readonly oProj: Linear

  constructor(config: MistralConfig) {
    super()
    const { hiddenSize, headDim } = config
    this.headDim = headDim
    this.scale = headDim ** -0.5
    this.window = config.slidingWindow
    this.qProj = new Linear(hiddenSize, config.numAttentionHeads * headDim, { bias: false })
    this.kProj = new Linear(hiddenSize, config.numKeyValueHeads * headDim, { bias: false })
    this.vProj = new Linear(hiddenSize, config.numKeyValueHeads * headDim, { bias: false })
    this.oProj = new Linear(config.numAttentionHeads * headDim, hiddenSize, { bias: false })
  }

  forward(x: Tensor, context: DecoderContext): Tensor {
    const layers = [this.qProj, this.kProj, this.vProj] as const
    const [query, key, value] = projectHeads(x, layers, this.headDim)
    const q = rope(query, context.rope) // [B, H, T, D]
    const k = rope(key, context.rope) // [B, G, T, D]
    const kv = context.cache.append(k, value)
    const { scale, window } = this
    return this.oProj.forward(mergeHeads(attention(q, kv, { scale, window })))
  }
}

export class MistralDecoderLayer extends Module {
  readonly inputLayernorm: RMSNorm
  readonly selfAttn: MistralAttention
  readonly postAttentionLayernorm: RMSNorm
  readonly mlp: SwiGLUMLP

  constructor(config: MistralConfig) {
    super()
    this.inputLayernorm = new RMSNorm(config.hiddenSize, config.rmsNormEps)
    this.selfAttn = new MistralAttention(config)
    this.postAttentionLayernorm = new RMSNorm(config.hiddenSize, config.rmsNormEps)
    this.mlp = new SwiGLUMLP({ ...config, mlpBias: false })
  }

  forward(x: Tensor, context: DecoderContext): Tensor {
    const h = add(x, this.selfAttn.forward(this.inputLayernorm.forward(x), context))
    return add(h, this.mlp.forward(this.postAttentionLayernorm.forward(h)))
  }
}

export class MistralModel extends Module {
  readonly embedTokens: Embedding
  readonly layers: readonly MistralDecoderLayer[]
  readonly norm: RMSNorm

  constructor(config: MistralConfig) {
    super()
    const { vocabSize, hiddenSize, numHiddenLayers } = config
    this.embedTokens = new Embedding(vocabSize, hiddenSize)
    this.layers = Array.from({ length: numHiddenLayers }, () => new MistralDecoderLayer(config))
    this.norm = new RMSNorm(hiddenSize, config.rmsNormEps)
  }
}

export class MistralForCausalLM extends Module {
  readonly model: MistralModel
  readonly lmHead: Linear
  readonly rotary: Rotary

  constructor(config: MistralConfig) {
    super()
    this.model = new MistralModel(config)
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

export default defineModel<MistralConfig>({
  modelType: 'mistral',
  configName: 'MistralConfig',
  basePrefix: 'model',
  parseConfig,
  build: (config) => new MistralForCausalLM(config),
})
