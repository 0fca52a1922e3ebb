// Qwen2: Llama with biases on queries, keys and values, and optional sliding windows from a layer on.
// Yang et al. 2024, arXiv:2407.10671.
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
import { readLayerWindows } from './layer-windows.ts'
import { type RopeParameters, readRopeParameters, Rotary } from './rotary.ts'
import { SwiGLUMLP } from './swiglu-mlp.ts'

export interface Qwen2Config extends DecoderConfig {
  readonly hiddenAct: string
  readonly rmsNormEps: number
  readonly layerWindows: readonly (number | undefined)[]
  readonly ropeParameters: RopeParameters
}

function parseConfig(reader: ConfigReader): Qwen2Config {
  const config = readDecoderConfig(reader, 'qwen2')
  const firstSliding = reader.integer('max_window_layers', { min: 0, default: 28 })
  return {
    ...config,
    hiddenAct: reader.string('hidden_act', 'silu'),
    rmsNormEps: reader.number('rms_norm_eps', { default: 1e-6, max: 1 }),
    layerWindows: readLayerWindows(reader, config.numHiddenLayers, {
      slidingWindow: 4096,
      isSliding: (layer) => layer >= firstSliding,
    }),
    ropeParameters: readRopeParameters(reader, config),
  }
}

export class Qwen2Attention extends Module {
  readonly headDim: number
  readonly scale: number
  readonly window: number | undefined
  readonly qProj: Linear
  readonly kProj: Linear
  readonly vProj: Linear
  readonly oProj: Linear

  constructor(config: Qwen2Config, layer: number) {
    super()
    const { hiddenSize, headDim } = config
    this.headDim = headDim
    this.scale = headDim ** -0.5
    this.window = config.layerWindows[layer]
    this.qProj = new Linear(hiddenSize, config.numAttentionHeads * headDim, { bias: true })
    this.kProj = new Linear(hiddenSize, config.numKeyValueHeads * headDim, { bias: true })
    this.vProj = new Linear(hiddenSize, config.numKeyValueHeads * headDim, { bias: true })
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

export class Qwen2DecoderLayer extends Module {
  readonly inputLayernorm: RMSNorm
  readonly selfAttn: Qwen2Attention
  readonly postAttentionLayernorm: RMSNorm
  readonly mlp: SwiGLUMLP

  constructor(config: Qwen2Config, layer: number) {
    super()
    this.inputLayernorm = new RMSNorm(config.hiddenSize, config.rmsNormEps)
    this.selfAttn = new Qwen2Attention(config, layer)
    this.postAttentionLayernorm = new RMSNorm(config.hiddenSize, config.rmsNormEps)
    this.mlp = new SwiGLUMLP({ ...config, mlpBias: false })
  }

  forward(x: Tensor, context: DecoderContext): Tensor {
    const h = add(x, this.selfAttn.forward(this.inputLayernorm.forward(x), context))
    return add(h, this.mlp.forward(this.postAttentionLayernorm.forward(h)))
  }
}

export class Qwen2Model extends Module {
  readonly embedTokens: Embedding
  readonly layers: readonly Qwen2DecoderLayer[]
  readonly norm: RMSNorm

  constructor(config: Qwen2Config) {
    super()
    const { vocabSize, hiddenSize, numHiddenLayers } = config
    this.embedTokens = new Embedding(vocabSize, hiddenSize)
    this.layers = Array.from(
      { length: numHiddenLayers },
      (_, layer) => new Qwen2DecoderLayer(config, layer),
    )
    this.norm = new RMSNorm(hiddenSize, config.rmsNormEps)
  }
}

export class Qwen2ForCausalLM extends Module {
  readonly model: Qwen2Model
  readonly lmHead: Linear
  readonly rotary: Rotary

  constructor(config: Qwen2Config) {
    super()
    this.model = new Qwen2Model(config)
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

export default defineModel<Qwen2Config>({
  modelType: 'qwen2',
  configName: 'Qwen2Config',
  basePrefix: 'model',
  parseConfig,
  build: (config) => new Qwen2ForCausalLM(config),
})
