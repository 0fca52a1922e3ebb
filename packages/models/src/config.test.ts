import { expect, test } from 'vitest'
import { findDefinition, parseConfig, supportedModelTypes } from './auto.ts'
import { tinyModel, tinyModels } from './tiny-checkpoint.ts'

type Json = Record<string, unknown>

async function parse(json: Json) {
  return parseConfig(await findDefinition(json), json)
}

const llama = tinyModel('llama').config
const gpt2 = tinyModel('gpt2').config
const neo = tinyModel('gpt_neo').config

test.each(tinyModels)('$what: the config has what generation needs', async ({ config }) => {
  expect(await parse(config)).toMatchObject({
    modelType: config.model_type,
    vocabSize: 40,
    hiddenSize: 16,
    intermediateSize: 20,
    numHiddenLayers: 2,
    numAttentionHeads: 4,
    bosTokenId: 1,
    eosTokenId: 2,
    padTokenId: 0,
  })
})

test('defaults are those of Transformers', async () => {
  const { num_key_value_heads: _, head_dim: __, ...rest } = llama
  expect(await parse(rest)).toMatchObject({
    numKeyValueHeads: 4,
    headDim: 4,
    tieWordEmbeddings: false,
  })
  const { tie_word_embeddings: ___, n_inner: ____, ...old } = gpt2
  expect(await parse(old)).toMatchObject({ tieWordEmbeddings: true, intermediateSize: 64 })
})

test('a missing sliding window has the default of mistral, null is none', async () => {
  const { sliding_window: _, ...missing } = tinyModel('mistral').config
  expect(await parse(missing)).toMatchObject({ slidingWindow: 4096 })
  expect(await parse({ ...missing, sliding_window: null })).toMatchObject({
    slidingWindow: undefined,
  })
})

test('layers of qwen2 slide by list or from max_window_layers on', async () => {
  const config = tinyModel('qwen2 with a sliding layer').config
  expect(await parse(config)).toMatchObject({ layerWindows: [undefined, 3] })
  expect(await parse({ ...config, layer_types: null })).toMatchObject({
    layerWindows: [undefined, 3],
  })
  expect(await parse({ ...config, layer_types: null, use_sliding_window: false })).toMatchObject({
    layerWindows: [undefined, undefined],
  })
  await expect(parse({ ...config, use_sliding_window: false })).rejects.toThrow(
    'Qwen2Config: layerTypes may name sliding_attention only with a sliding window',
  )
})

test('every fourth layer of smollm3 has no positions unless the config lists them', async () => {
  const config = { ...tinyModel('smollm3').config, num_hidden_layers: 5, layer_types: null }
  expect(await parse({ ...config, no_rope_layers: null })).toMatchObject({
    layerRotates: [true, true, true, false, true],
  })
  expect(await parse({ ...config, no_rope_layers: [1, 0, 0, 1, 1] })).toMatchObject({
    layerRotates: [true, false, false, true, true],
  })
})

test.each([
  [{ num_attention_heads: -3 }, 'numAttentionHeads must be an integer from 1 to 65536; got -3.'],
  [{ num_attention_heads: 0 }, 'numAttentionHeads must be an integer from 1'],
  [{ num_attention_heads: 4.5 }, 'numAttentionHeads must be an integer from 1'],
  [
    { num_key_value_heads: 3 },
    'numKeyValueHeads must be a divisor of numAttentionHeads (4); got 3.',
  ],
  [
    { num_key_value_heads: 8 },
    'numKeyValueHeads must be a divisor of numAttentionHeads (4); got 8.',
  ],
  [
    { num_hidden_layers: 1e9 },
    'numHiddenLayers must be an integer from 1 to 1024; got 1000000000.',
  ],
  [{ num_hidden_layers: '12' }, 'numHiddenLayers must be an integer from 1 to 1024; got "12".'],
  [{ num_hidden_layers: null }, 'numHiddenLayers must be an integer'],
  [
    { vocab_size: 2 ** 40 },
    'vocabSize must be an integer from 1 to 2147483647; got 1099511627776.',
  ],
  [{ hidden_size: 18, head_dim: null }, 'hiddenSize must be a multiple of numAttentionHeads (4)'],
  [{ head_dim: 0 }, 'headDim must be an integer from 1'],
  [{ max_position_embeddings: 2 ** 63 }, 'maxPositionEmbeddings must be an integer from 1'],
  [{ rms_norm_eps: Number.NaN }, 'rmsNormEps must be a finite number from 0 to 1; got NaN.'],
  [{ rms_norm_eps: -1e-6 }, 'rmsNormEps must be a finite number from 0 to 1'],
  [{ tie_word_embeddings: 'yes' }, 'tieWordEmbeddings must be true or false; got "yes".'],
  [{ eos_token_id: [1, '2'] }, 'eosTokenId must be a list of 2 entries, each a token id'],
  [{ pad_token_id: -7 }, 'padTokenId must be an integer from 0'],
  [{ rope_parameters: 'default' }, 'ropeParameters must be an object'],
])('llama with %j is refused', async (change, message) => {
  const error = await parse({ ...llama, ...change }).catch((error) => error)
  expect(error).toMatchObject({ code: 'ERR_CONFIG' })
  expect(error.message).toContain(`LlamaConfig: ${message}`)
  expect(error.message).toMatch(/Correct \w+ in config\.json\.$/)
})

test.each([
  [{ attention_types: [[['global', 'local'], 2]] }],
  [{ attention_types: [[['global'], 1e9]] }],
  [{ attention_types: [[['sparse', 'local'], 1]] }],
  [{ attention_types: 'global' }],
])('gpt_neo with %j is refused', async (change) => {
  await expect(parse({ ...neo, ...change })).rejects.toThrow(
    "GPTNeoConfig: attentionTypes must list 'global' or 'local' for each of 2 layers",
  )
})

test.each([{ pretraining_tp: 2 }, { quantization_config: { quant_method: 'gptq', bits: 4 } }])(
  'llama with %j is not supported yet',
  async (change) => {
    await expect(parse({ ...llama, ...change })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED_OPTION',
    })
  },
)

test('-1 and null token ids are none', async () => {
  expect(await parse({ ...llama, pad_token_id: -1, bos_token_id: null })).toMatchObject({
    padTokenId: undefined,
    bosTokenId: undefined,
  })
})

test.each(['t5', '', 'toString', '__proto__', '../llama', 'Llama'])(
  'model_type %j is unknown, and the message lists what is known',
  async (modelType) => {
    const error = await parse({ model_type: modelType }).catch((error) => error)
    expect(error).toMatchObject({ code: 'ERR_UNKNOWN_MODEL_TYPE' })
    expect(error.message).toContain(supportedModelTypes.join(', '))
  },
)

test('a config without model_type is refused', async () => {
  await expect(parse({ architectures: ['LlamaForCausalLM'] })).rejects.toThrow(
    'config.json: modelType must be a string; got nothing.',
  )
})

test('code that a config names is never loaded', async () => {
  const remote = {
    auto_map: { AutoModelForCausalLM: 'evil.ts--Model' },
    trust_remote_code: true,
    _attn_implementation_internal: '../../evil',
    parent_library: 'child_process',
  }
  expect(await parse({ ...llama, ...remote })).toEqual(await parse(llama))
})
