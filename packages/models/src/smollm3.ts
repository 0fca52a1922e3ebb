// SmolLM3: Llama where some layers (every fourth, unless the config lists them) have no positions.
// Bakouch et al. 2025, huggingface.co/blog/smollm3; layers without RoPE: arXiv:2501.18795.
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

export interface SmolLM3Config extends DecoderConfig {
  readonly hiddenAct: string
  readonly rmsNormEps: number
  readonly attentionBias: boolean
  readonly mlpBias: boolean
  readonly layerRotates: readonly boolean[]
  readonly layerWindows: readonly (number | undefined)[]
  readonly ropeParameters: RopeParameters
}

function parseConfig(reader: ConfigReader): SmolLM3Config {
  const defaults = { numKeyValueHeads: 4, tieWordEmbeddings: true }
  const config = readDecoderConfig(reader, 'smollm3', defaults)
  const layerRotates = readLayerRotates(reader, config.numHiddenLayers)
  return {
    ...config,
    hiddenAct: reader.string('hidden_act', 'silu'),
    rmsNormEps: reader.number('rms_norm_eps', { default: 1e-6, max: 1 }),
    attentionBias: reader.boolean('attention_bias', false),
    mlpBias: reader.boolean('mlp_bias', false),
    layerRotates,
    layerWindows: readLayerWindows(reader, config.numHiddenLayers, {
      isSliding: (layer) => !layerRotates[layer],
    }),
    ropeParameters: readRopeParameters(reader, config, 2_000_000),
  }
}

// `no_rope_layers` has 1 where a layer does rotate: the name says the opposite of the values.
function readLayerRotates(reader: ConfigReader, numHiddenLayers: number): boolean[] {
  const isFlag = (value: unknown): value is 0 | 1 => value === 0 || value === 1
  const flags = reader.list('no_rope_layers', numHiddenLayers, '0 or 1', isFlag)
  const interval = reader.integer('no_rope_layer_interval', { default: 4 })
  return Array.from({ length: numHiddenLayers }, (_, layer) =>
    flags === undefined ? (layer + 1) % interval !== 0 : flags[layer] === 1,
  )
}

export class SmolLM3Attention extends Module {
  readonly headDim: number
  readonly scale: number
  readonly window: number | undefined
  readonly rotates: boolean
  readonly qProj: Linear
  readonly kProj: Linear
  readonly vProj: Linear
  readonly oProj: Linear

  constructor(config: SmolLM3Config, layer: number) {
    super()
    const { hiddenSize, headDim, attentionBias: bias } = config
    this.headDim = headDim
    this.scale = headDim ** -0.5
    this.window = config.layerWindows[layer]
    this.rotates = config.layerRotates[layer]!
    this.qProj = new Linear(hiddenSize, config.numAttentionHeads * headDim, { bias })
    this.kProj = new Linear(hiddenSize, config.numKeyValueHeads * headDim, { bias })
    this.vProj = new Linear(hiddenSize, config.numKeyValueHeads * headDim, { bias })
    this.oProj = new Linear(config.numAttentionHeads * headDim, hiddenSize, { bias })
  }

  forward(x: Tensor, context: DecoderContext): Tensor {
    const layers = [this.qProj, this.kProj, this.vProj] as const
    const [query, key, value] = projectHeads(x, layers, this.headDim)
    const placed = (x: Tensor) => (this.rotates ? rope(x, context.rope) : x)
    const q = placed(query) // [B, H, T, D]
    const k = placed(key) // [B, G, T, D]
    const kv = context.cache.append(k, value)
    const { scale, window } = this
    return this.oProj.forward(mergeHeads(attention(q, kv, { scale, window })))
  }
}

export class SmolLM3DecoderLayer extends Module {
  readonly inputLayernorm: RMSNorm
  readonly selfAttn: SmolLM3Attention
  readonly postAttentionLayernorm: RMSNorm
  readonly mlp: SwiGLUMLP

  constructor(config: SmolLM3Config, layer: number) {
    super()
    this.inputLayernorm = new RMSNorm(config.hiddenSize, config.rmsNormEps)
    this.selfAttn = new SmolLM3Attention(config, layer)
    this.postAttentionLayernorm = new RMSNorm(config.hiddenSize, config.rmsNormEps)
    this.mlp = new SwiGLUMLP(config)
  }

  forward(x: Tensor, context: DecoderContext): Tensor {
    const h = add(x, this.selfAttn.forward(this.inputLayernorm.forward(x), context))
    return add(h, this.mlp.forward(this.postAttentionLayernorm.forward(h)))
  }
}

export class SmolLM3Model extends Module {
  readonly embedTokens: Embedding
  readonly layers: readonly SmolLM3DecoderLayer[]
  readonly norm: RMSNorm

  constructor(config: SmolLM3Config) {
    super()
    const { vocabSize, hiddenSize, numHiddenLayers } = config
    this.embedTokens = new Embedding(vocabSize, hiddenSize)
    this.layers = Array.from(
      { length: numHiddenLayers },
      (_, layer) => new SmolLM3DecoderLayer(config, layer),
    )
    this.norm = new RMSNorm(hiddenSize, config.rmsNormEps)
  }
}

export class SmolLM3ForCausalLM extends Module {
  readonly model: SmolLM3Model
  readonly lmHead: Linear
  readonly rotary: Rotary

  constructor(config: SmolLM3Config) {
    super()
    this.model = new SmolLM3Model(config)
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

export default defineModel<SmolLM3Config>({
  modelType: 'smollm3',
  configName: 'SmolLM3Config',
  basePrefix: 'model',
  parseConfig,
  build: (config) => new SmolLM3ForCausalLM(config),
})
