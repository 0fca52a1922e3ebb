import { expect, test } from 'vitest'
import { ConfigReader } from './config-reader.ts'
import { readRopeParameters, Rotary } from './rotary.ts'

function rotary(json: Record<string, unknown>, maxPositionEmbeddings = 64, headDim = 16): Rotary {
  const sizes = { headDim, maxPositionEmbeddings }
  return new Rotary(readRopeParameters(new ConfigReader('LlamaConfig', json), sizes), sizes)
}

// transformers 5.23 LlamaRotaryEmbedding with heads of 16. float32, so equality is exact.
const goldens = [
  {
    what: 'default',
    parameters: { rope_type: 'default', rope_theta: 10000.0 },
    max: 64,
    length: 1,
    attentionFactor: 1.0,
    want: [
      1.0, 0.3162277638912201, 0.10000000149011612, 0.03162277862429619, 0.009999999776482582,
      0.003162277862429619, 0.0010000000474974513, 0.0003162277862429619,
    ],
  },
  {
    what: 'linear',
    parameters: { rope_type: 'linear', rope_theta: 10000.0, factor: 1.7 },
    max: 64,
    length: 1,
    attentionFactor: 1.0,
    want: [
      0.5882352590560913, 0.18601632118225098, 0.05882352963089943, 0.018601633608341217,
      0.005882352590560913, 0.0018601634074002504, 0.0005882353289052844, 0.00018601634656079113,
    ],
  },
  {
    what: 'dynamic within the trained length',
    parameters: { rope_type: 'dynamic', rope_theta: 10000.0, factor: 3.0 },
    max: 64,
    length: 64,
    attentionFactor: 1.0,
    want: [
      1.0, 0.3162277638912201, 0.10000000149011612, 0.03162277862429619, 0.009999999776482582,
      0.003162277862429619, 0.0010000000474974513, 0.0003162277862429619,
    ],
  },
  {
    what: 'dynamic beyond it',
    parameters: { rope_type: 'dynamic', rope_theta: 10000.0, factor: 2.7 },
    max: 60,
    length: 777,
    attentionFactor: 1.0,
    want: [
      1.0, 0.19167841970920563, 0.036740612238645554, 0.0070423828437924385, 0.0013498726766556501,
      0.0002587414637673646, 4.959515354130417e-5, 9.506320566288196e-6,
    ],
  },
  {
    what: 'llama3',
    parameters: {
      rope_type: 'llama3',
      rope_theta: 500000.0,
      factor: 8.0,
      low_freq_factor: 1.0,
      high_freq_factor: 4.0,
      original_max_position_embeddings: 2048,
    },
    max: 64,
    length: 1,
    attentionFactor: 1.0,
    want: [
      1.0, 0.193922758102417, 0.03760603070259094, 0.00384058291092515, 0.00017677668074611574,
      3.428102354519069e-5, 6.647869668086059e-6, 1.289173155782919e-6,
    ],
  },
  {
    what: 'yarn',
    parameters: {
      rope_type: 'yarn',
      rope_theta: 10000.0,
      factor: 4.0,
      original_max_position_embeddings: 16,
    },
    max: 64,
    length: 1,
    attentionFactor: 1.138629436111989,
    want: [
      1.0, 0.07905694097280502, 0.02500000037252903, 0.007905694656074047, 0.0024999999441206455,
      0.0007905694656074047, 0.0002500000118743628, 7.905694656074047e-5,
    ],
  },
  {
    what: 'yarn with mscale',
    parameters: {
      rope_type: 'yarn',
      rope_theta: 1000000.0,
      factor: 40.0,
      original_max_position_embeddings: 4096,
      mscale: 1.0,
      mscale_all_dim: 0.8,
      beta_fast: 32,
      beta_slow: 1,
    },
    max: 64,
    length: 1,
    attentionFactor: 1.0569662567531275,
    want: [
      1.0, 0.17782793939113617, 0.02134537510573864, 0.0019681944977492094, 2.499999936844688e-5,
      4.445698323252145e-6, 7.905694019427756e-7, 1.4058532826766168e-7,
    ],
  },
  {
    what: 'yarn without truncation, with its own attention factor',
    parameters: {
      rope_type: 'yarn',
      rope_theta: 10000.0,
      factor: 4.0,
      original_max_position_embeddings: 64,
      truncate: false,
      attention_factor: 0.9,
      beta_fast: 16,
      beta_slow: 2,
    },
    max: 64,
    length: 1,
    attentionFactor: 0.9,
    want: [
      1.0, 0.14849025011062622, 0.02500000037252903, 0.007905694656074047, 0.0024999999441206455,
      0.0007905694656074047, 0.0002500000118743628, 7.905694656074047e-5,
    ],
  },
]

test.each(goldens)('$what: frequencies equal Python', (golden) => {
  const rope = rotary({ rope_parameters: golden.parameters }, golden.max)
  expect(Array.from(rope.inverseFrequencies(golden.length))).toEqual(golden.want)
  expect(rope.attentionFactor).toBe(golden.attentionFactor)
})

test('version 4 keys, old and new type names, mean the same as version 5', () => {
  const want = rotary({
    rope_parameters: { rope_type: 'linear', factor: 2, rope_theta: 5e5 },
  }).inverseFrequencies(1)
  for (const key of ['type', 'rope_type']) {
    const json = { rope_theta: 5e5, rope_scaling: { [key]: 'linear', factor: 2 } }
    expect(rotary(json).inverseFrequencies(1)).toEqual(want)
  }
})

test.each([
  [{ rope_scaling: { type: 'linear' } }, 'factor must be a finite number'],
  [{ rope_scaling: { type: 'linear', factor: 0 } }, 'factor must be a finite number'],
  [{ rope_scaling: { type: 'linear', factor: '2' } }, 'factor must be a finite number'],
  [{ rope_scaling: { type: 'toString', factor: 2 } }, "type must be 'default', 'linear'"],
  [{ rope_scaling: [] }, 'ropeScaling must be an object'],
  [{ rope_theta: 0 }, 'ropeTheta must be a finite number'],
  [{ rope_theta: Number.POSITIVE_INFINITY }, 'ropeTheta must be a finite number'],
  [{ rope_scaling: { type: 'llama3', factor: 8 } }, 'lowFreqFactor must be a finite number'],
])('%j is refused', (json, message) => {
  expect(() => rotary(json)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }))
  expect(() => rotary(json)).toThrow(message)
})

test.each([
  { rope_scaling: { rope_type: 'longrope', short_factor: [], long_factor: [] } },
  { partial_rotary_factor: 0.5 },
])('%j is not supported yet', (json) => {
  expect(() => rotary(json)).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED_OPTION' }))
})

test('an odd head width is refused', () => {
  expect(() => rotary({}, 64, 15)).toThrow('LlamaConfig: headDim must be even')
})
