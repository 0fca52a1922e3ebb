// Rotary position embedding: frequencies and their scalings, in float32 step by step as Transformers
// computes them (modeling_rope_utils.py). Pairs are (i, i + D/2). Parameters come from
// `rope_parameters` (version 5 files) or `rope_scaling` and `rope_theta` (version 4).
import { ConfigError, ropeTable, type Tensor, tensor, UnsupportedOptionError } from '@heddle/tensor'
import type { ConfigReader } from './config-reader.ts'

const { fround } = Math

/** What a rotary embedding needs of config.json, one shape per `rope_type`. */
export type RopeParameters =
  | { readonly type: 'default'; readonly theta: number }
  | { readonly type: 'linear' | 'dynamic'; readonly theta: number; readonly factor: number }
  | { readonly type: 'factors'; readonly theta: number; readonly factors: readonly number[] }
  | ({ readonly type: 'llama3' } & Llama3Parameters)
  | ({ readonly type: 'yarn' } & YarnParameters)

interface Llama3Parameters {
  readonly theta: number
  readonly factor: number
  readonly lowFreqFactor: number
  readonly highFreqFactor: number
  readonly originalMaxPositionEmbeddings: number
}

interface YarnParameters {
  readonly theta: number
  readonly factor: number
  readonly originalMaxPositionEmbeddings: number
  readonly attentionFactor: number
  readonly betaFast: number
  readonly betaSlow: number
  readonly truncate: boolean
}

/** Reads and checks the rotary keys of a config. */
export function readRopeParameters(
  reader: ConfigReader,
  sizes: { headDim: number; maxPositionEmbeddings: number },
  defaultTheta = 10000,
): RopeParameters {
  const { headDim, maxPositionEmbeddings } = sizes
  if (headDim % 2 !== 0) {
    throw new ConfigError(
      `${reader.name}: headDim must be even for rotary positions; got ${headDim}. ` +
        'Correct head_dim or hidden_size in config.json.',
    )
  }
  const rope = reader.object('rope_scaling') ?? reader.object('rope_parameters')
  const positive = { min: Number.MIN_VALUE }
  const outer = reader.number('rope_theta', { ...positive, default: defaultTheta })
  const theta = rope?.number('rope_theta', { ...positive, default: outer }) ?? outer
  for (const source of [reader, rope]) source?.requireNeutral('partial_rotary_factor', 1)
  const type = rope?.string('rope_type', rope.string('type', 'default')) ?? 'default'
  if (rope === undefined || type === 'default') return { type: 'default', theta }

  const original = () =>
    reader.optionalInteger('original_max_position_embeddings') ??
    rope.integer('original_max_position_embeddings', { default: maxPositionEmbeddings })
  switch (type) {
    case 'linear':
    case 'dynamic':
      return { type, theta, factor: rope.number('factor', positive) }
    case 'factors':
      return { type, theta, factors: readFactors(rope, headDim / 2) }
    case 'llama3':
      return {
        type,
        theta,
        factor: rope.number('factor', positive),
        lowFreqFactor: rope.number('low_freq_factor', positive),
        highFreqFactor: rope.number('high_freq_factor', positive),
        originalMaxPositionEmbeddings: original(),
      }
    case 'yarn':
      return { type, ...readYarn(rope, theta, original(), maxPositionEmbeddings) }
    case 'longrope':
    case 'su':
    case 'mrope':
    case 'proportional':
      throw new UnsupportedOptionError(
        `${rope.name}: ropeType '${type}' is not supported yet. ` +
          "Supported: 'default', 'linear', 'dynamic', 'llama3', 'yarn'.",
      )
    default:
      throw rope.error(
        rope.has('rope_type') ? 'rope_type' : 'type',
        "must be 'default', 'linear', 'dynamic', 'llama3' or 'yarn'",
      )
  }
}

/** A divisor for each frequency, as GGUF files store them. */
function readFactors(rope: ConfigReader, count: number): readonly number[] {
  const isFactor = (value: unknown): value is number =>
    typeof value === 'number' && value > 0 && Number.isFinite(value)
  const factors = rope.list('factors', count, 'a number above 0', isFactor)
  if (factors !== undefined) return factors
  throw rope.error('factors', `must be a list of ${count} entries, each a number above 0`)
}

function readYarn(
  rope: ConfigReader,
  theta: number,
  originalMaxPositionEmbeddings: number,
  maxPositionEmbeddings: number,
): YarnParameters {
  const factor = rope.number('factor', {
    min: Number.MIN_VALUE,
    default: maxPositionEmbeddings / originalMaxPositionEmbeddings,
  })
  const optional = (key: string) => (rope.raw(key) === undefined ? 0 : rope.number(key))
  const magnitude = (mscale: number) => (factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1)
  const mscale = optional('mscale')
  const mscaleAllDim = optional('mscale_all_dim')
  const attentionFactor =
    mscale !== 0 && mscaleAllDim !== 0 ? magnitude(mscale) / magnitude(mscaleAllDim) : magnitude(1)
  return {
    theta,
    factor,
    originalMaxPositionEmbeddings,
    attentionFactor: rope.number('attention_factor', { default: attentionFactor }),
    betaFast: optional('beta_fast') || 32,
    betaSlow: optional('beta_slow') || 1,
    truncate: rope.boolean('truncate', true),
  }
}

/** The rotary embedding of one model: frequencies, and the table of one forward pass. */
export class Rotary {
  readonly #parameters: RopeParameters
  readonly #headDim: number
  readonly #maxPositionEmbeddings: number
  readonly #invFreq: Float32Array

  constructor(
    parameters: RopeParameters,
    sizes: { headDim: number; maxPositionEmbeddings: number },
  ) {
    this.#parameters = parameters
    this.#headDim = sizes.headDim
    this.#maxPositionEmbeddings = sizes.maxPositionEmbeddings
    this.#invFreq = this.#scaledFrequencies()
  }

  /** Factor on cosines and sines: 1 but for yarn. */
  get attentionFactor(): number {
    return this.#parameters.type === 'yarn' ? this.#parameters.attentionFactor : 1
  }

  /** True when frequencies change with the length of the sequence, which is known on the host alone. */
  get dependsOnLength(): boolean {
    return this.#parameters.type === 'dynamic'
  }

  /** Inverse frequencies f32 [D/2] for a sequence of `sequenceLength` tokens. */
  inverseFrequencies(sequenceLength: number): Float32Array {
    const limit = this.#maxPositionEmbeddings
    if (this.#parameters.type !== 'dynamic' || sequenceLength <= limit) return this.#invFreq
    // NTK: the base grows with the running length, so that the lowest frequency spans it.
    const { theta, factor } = this.#parameters
    const dim = this.#headDim
    const ratio = fround(fround(fround(factor) * sequenceLength) / limit)
    const stretch = fround(ratio - fround(factor - 1))
    const base = fround(fround(theta) * fround(stretch ** (dim / (dim - 2))))
    return frequencies(base, dim)
  }

  /** Cosines and sines f32 [2, B or 1, T, D/2] of the positions [B or 1, T]. */
  table(inputs: { readonly positions: Tensor; readonly sequenceLength: number }): Tensor {
    const invFreq = tensor(this.inverseFrequencies(inputs.sequenceLength))
    return ropeTable(inputs.positions, invFreq, { scaling: this.attentionFactor })
  }

  #scaledFrequencies(): Float32Array {
    const rope = this.#parameters
    if (rope.type === 'yarn') return yarnFrequencies(rope, this.#headDim)
    const invFreq = frequencies(rope.theta, this.#headDim)
    if (rope.type === 'linear') return invFreq.map((f) => f / fround(rope.factor))
    if (rope.type === 'factors') return invFreq.map((f, i) => f / fround(rope.factors[i]!))
    if (rope.type === 'llama3') return invFreq.map((f) => llama3Frequency(f, rope))
    return invFreq
  }
}

/** 1 / theta^(2i / dim), each operation rounded to float32. */
function frequencies(theta: number, dim: number): Float32Array {
  return powers(theta, dim).map((power) => 1 / power)
}

function powers(theta: number, dim: number): Float32Array {
  const base = fround(theta)
  return Float32Array.from({ length: dim / 2 }, (_, i) => base ** fround((2 * i) / dim))
}

/** Long wavelengths are divided by the factor, short ones kept, those between blended. */
function llama3Frequency(f: number, rope: Llama3Parameters): number {
  const { lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings: length } = rope
  const factor = fround(rope.factor)
  // torch divides a number by a tensor as number * (1 / tensor).
  const wavelength = fround(fround(1 / f) * fround(2 * Math.PI))
  if (wavelength < length / highFreqFactor) return f
  if (wavelength > length / lowFreqFactor) return f / factor
  const turns = fround(fround(fround(1 / wavelength) * length) - fround(lowFreqFactor))
  const smooth = fround(turns / fround(highFreqFactor - lowFreqFactor))
  return fround(fround(fround(1 - smooth) * f) / factor) + fround(smooth * f)
}

/** A ramp over the dimensions from extrapolation (kept) to interpolation (divided by the factor). */
function yarnFrequencies(rope: YarnParameters, dim: number): Float32Array {
  const { theta, factor, originalMaxPositionEmbeddings: length } = rope
  const dimensionOf = (turns: number) =>
    (dim * Math.log(length / (turns * 2 * Math.PI))) / (2 * Math.log(theta))
  const [from, to] = [dimensionOf(rope.betaFast), dimensionOf(rope.betaSlow)]
  const low = Math.max(rope.truncate ? Math.floor(from) : from, 0)
  const end = Math.min(rope.truncate ? Math.ceil(to) : to, dim - 1)
  const high = low === end ? end + 0.001 : end // no division by zero
  return powers(theta, dim).map((power, i) => {
    const ramp = fround(fround(i - fround(low)) / fround(high - low))
    const kept = fround(1 - Math.min(Math.max(ramp, 0), 1))
    const interpolated = fround(1 / fround(fround(factor) * power))
    return fround(interpolated * fround(1 - kept)) + fround(fround(1 / power) * kept)
  })
}
