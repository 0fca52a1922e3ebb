// What a class of Transformers adds to the files of a tokenizer: names of special tokens, what the model takes, and
// options that reach into tokenizer.json. Files name the class; where they do not, config.json names the model.
import { asObject, boolField, field, type JsonObject } from './json.ts'
import type { PaddingSide } from './call-options.ts'
import type { SpecialTokens } from './special-tokens.ts'

/** Defaults of a class; the files' own settings come first. */
export interface TokenizerClass {
  readonly specialTokens?: SpecialTokens
  readonly modelInputNames?: readonly string[]
  readonly paddingSide?: PaddingSide
  /** Lays options of tokenizer_config.json over a tokenizer.json. */
  readonly adapt?: (tokenizer: JsonObject, config: JsonObject) => JsonObject
}

const where = 'tokenizer_config.json'

const withTypeIds = ['input_ids', 'token_type_ids', 'attention_mask']
const bracketed = { unk: '[UNK]', sep: '[SEP]', pad: '[PAD]', cls: '[CLS]', mask: '[MASK]' }
const angled = {
  bos: '<s>',
  eos: '</s>',
  unk: '<unk>',
  sep: '</s>',
  pad: '<pad>',
  cls: '<s>',
  mask: '<mask>',
}
const endOfText = '<|endoftext|>'

const bert: TokenizerClass = {
  specialTokens: bracketed,
  modelInputNames: withTypeIds,
  adapt: adaptBert,
}
const gpt2: TokenizerClass = {
  specialTokens: { bos: endOfText, eos: endOfText, unk: endOfText },
  adapt: adaptByteLevel,
}
const roberta: TokenizerClass = { specialTokens: angled, adapt: adaptByteLevel }
const sentencePiece: TokenizerClass = { specialTokens: angled }
const t5: TokenizerClass = { specialTokens: { eos: '</s>', unk: '<unk>', pad: '<pad>' } }
const llama: TokenizerClass = {
  specialTokens: { bos: '<s>', eos: '</s>', unk: '<unk>' },
  paddingSide: 'left',
  adapt: adaptLlama,
}

const classes: ReadonlyMap<string, TokenizerClass> = new Map<string, TokenizerClass>([
  ...['Bert', 'ConvBert', 'Electra', 'LayoutLM', 'Lxmert', 'MobileBert', 'RetriBert', 'SqueezeBert']
    .concat(['DPRContextEncoder', 'DPRQuestionEncoder', 'DPRReader', 'Realm'])
    .map((name) => [name, bert] as const),
  ['DistilBert', { specialTokens: bracketed, adapt: adaptBert }],
  ['LayoutLMv2', { ...bert, modelInputNames: ['input_ids', 'attention_mask', 'token_type_ids'] }],
  ['MPNet', { specialTokens: { ...angled, unk: '[UNK]' }, adapt: adaptBert }],
  [
    'Funnel',
    {
      specialTokens: { ...angled, sep: '<sep>', cls: '<cls>' },
      adapt: adaptBert,
    },
  ],
  ['GPT2', gpt2],
  ['CodeGen', gpt2],
  ['Whisper', gpt2],
  ['GPTNeoX', { ...gpt2, specialTokens: { ...gpt2.specialTokens, pad: '<|padding|>' } }],
  ['Qwen2', { specialTokens: { eos: endOfText, unk: endOfText, pad: endOfText } }],
  ...['Roberta', 'Bart', 'Blenderbot', 'LED', 'Longformer', 'Luke', 'Mvp'].map(
    (name) => [name, roberta] as const,
  ),
  [
    'Deberta',
    {
      specialTokens: { bos: '[CLS]', eos: '[SEP]', ...bracketed },
      modelInputNames: ['input_ids', 'attention_mask', 'token_type_ids'],
      adapt: adaptByteLevel,
    },
  ],
  [
    'DebertaV2',
    {
      specialTokens: { bos: '[CLS]', eos: '[SEP]', ...bracketed },
      modelInputNames: ['input_ids', 'attention_mask', 'token_type_ids'],
    },
  ],
  [
    'CLIP',
    { specialTokens: { bos: '<|startoftext|>', eos: endOfText, unk: endOfText, pad: endOfText } },
  ],
  [
    'Cohere',
    {
      specialTokens: {
        bos: '<BOS_TOKEN>',
        eos: '<|END_OF_TURN_TOKEN|>',
        unk: '<UNK>',
        sep: '<SEP>',
        pad: '<PAD>',
        cls: '<CLS>',
        mask: '<MASK_TOKEN>',
      },
      paddingSide: 'left',
    },
  ],
  ['Llama', llama],
  [
    'CodeLlama',
    {
      ...llama,
      specialTokens: {
        ...llama.specialTokens,
        prefix: '\u2581<PRE>',
        middle: '\u2581<MID>',
        suffix: '\u2581<SUF>',
        eot: '\u2581<EOT>',
        fill: '<FILL_ME>',
      },
    },
  ],
  [
    'Gemma',
    {
      specialTokens: { bos: '<bos>', eos: '<eos>', unk: '<unk>', pad: '<pad>', mask: '<mask>' },
      paddingSide: 'left',
    },
  ],
  ['T5', t5],
  ...['XLMRoberta', 'Camembert', 'Barthez', 'MBart', 'Nllb'].map(
    (name) => [name, sentencePiece] as const,
  ),
  [
    'Albert',
    { specialTokens: { ...bracketed, bos: '[CLS]', eos: '[SEP]', unk: '<unk>', pad: '<pad>' } },
  ],
  ['Pegasus', { specialTokens: { ...t5.specialTokens, mask: '<mask_2>' } }],
  ['BigBird', { specialTokens: { ...angled, sep: '[SEP]', mask: '[MASK]', cls: '[CLS]' } }],
])

// Models whose files may leave the class out, as many of the first checkpoints do.
const classOfModel: ReadonlyMap<string, string> = new Map([
  ...pairs('Bert', 'bert convbert distilbert electra layoutlm megatron-bert nomic_bert'),
  ...pairs('GPT2', 'gpt2 gpt_neo gptj opt phi codegen starcoder2'),
  ...pairs('GPTNeoX', 'gpt_neox mamba mamba2 falcon_mamba mpt olmo olmoe rwkv'),
  ...pairs('Roberta', 'bart roberta longformer ibert mra'),
  ...pairs('XLMRoberta', 'xlm-roberta xmod gte trocr'),
  ...pairs('Qwen2', 'qwen2 qwen2_moe qwen2_vl qwen2_5_vl qwen3 qwen3_moe qwen3_next qwen3_vl'),
  ...pairs('Gemma', 'gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text recurrent_gemma t5gemma'),
  ...pairs('T5', 't5 mt5 switch_transformers'),
  ...pairs('CLIP', 'clip owlvit'),
  ...pairs('Albert', 'albert'),
  ...pairs('Blenderbot', 'blenderbot'),
  ...pairs('Camembert', 'camembert'),
  ...pairs('CodeLlama', 'code_llama'),
  ...pairs('Cohere', 'cohere cohere2'),
  ...pairs('Deberta', 'deberta'),
  ...pairs('DebertaV2', 'deberta-v2'),
  ...pairs('MBart', 'mbart'),
  ...pairs('MPNet', 'mpnet'),
  ...pairs('Pegasus', 'pegasus'),
  ...pairs('Whisper', 'whisper'),
])

// Models for which Transformers takes the files as they are, whatever class they name.
const generic = new Set(
  (
    'arctic aria bigbird_pegasus chatlm ernie4_5 ernie4_5_moe flex_olmo fuyu glm glm4 glm4_moe glm4v got_ocr2 ' +
    'gpt_bigcode granite granitemoe granitemoehybrid granitemoeshared h2ovl_chat hyperclovax hyperclovax_vlm ' +
    'internlm2 internlm3 iquestcoder jamba kimi_k25 kimi_linear llava llava_next mimo_v2_flash minicpm3 minicpmv ' +
    'minimax_m2 ministral ministral3 mistral mistral3 mixtral modernbert modernbert-decoder molmo molmo2 nemotron ' +
    'nystromformer olmo2 olmo3 olmo_hybrid openvla paddleocr_vl persimmon phi3 phi3_v phimoe pixtral smolvlm ' +
    'stablelm step3_vl umt5 vipllava voxtral'
  ).split(' '),
)

function pairs(name: string, models: string): [string, string][] {
  return models.split(' ').map((model) => [model, name])
}

/** The class by which Transformers reads these files; undefined when it takes them as they are. */
export function tokenizerClassOf(
  config: JsonObject,
  modelType: string | undefined,
  tokenizer: JsonObject,
): TokenizerClass | undefined {
  const given = field(config, 'tokenizer_class')
  if (typeof given !== 'string') {
    return modelType === undefined ? undefined : classes.get(classOfModel.get(modelType) ?? '')
  }
  if (modelType !== undefined && generic.has(modelType)) return undefined
  const found = classes.get(given.replace(/Fast$/, '').replace(/Tokenizer$/, ''))
  // Files of Llama 3's kind name the class of Llama 2 by mistake.
  return found === llama && usesByteLevel(tokenizer) ? undefined : found
}

// The class brings a normalizer of its own, made from its options.
function adaptBert(tokenizer: JsonObject, config: JsonObject): JsonObject {
  const normalizer = field(tokenizer, 'normalizer')
  if (typeof normalizer !== 'object' || normalizer === null) return tokenizer
  const object = asObject(normalizer, 'tokenizer.json: normalizer')
  if (field(object, 'type') !== 'BertNormalizer') return tokenizer
  const accents = field(config, 'strip_accents') ?? null
  return {
    ...tokenizer,
    normalizer: {
      ...object,
      handle_chinese_chars: boolField(config, 'tokenize_chinese_chars', where, true),
      strip_accents: accents === null ? null : boolField(config, 'strip_accents', where, false),
      lowercase: boolField(config, 'do_lower_case', where, true),
    },
  }
}

function adaptByteLevel(tokenizer: JsonObject, config: JsonObject): JsonObject {
  const preTokenizer = field(tokenizer, 'pre_tokenizer')
  const wish = field(config, 'add_prefix_space') ?? null
  if (wish === null || typeof preTokenizer !== 'object' || preTokenizer === null) return tokenizer
  const object = asObject(preTokenizer, 'tokenizer.json: pre_tokenizer')
  if (field(object, 'type') !== 'ByteLevel') return tokenizer
  const add = boolField(config, 'add_prefix_space', where, false)
  return { ...tokenizer, pre_tokenizer: { ...object, add_prefix_space: add } }
}

// The class takes only the vocabulary and the post-processor of a file.
function adaptLlama(tokenizer: JsonObject, config: JsonObject): JsonObject {
  const model = asObject(field(tokenizer, 'model'), 'tokenizer.json: model')
  if (field(model, 'type') !== 'BPE') return tokenizer
  const prefixed = boolField(config, 'add_prefix_space', where, true)
  const scheme = boolField(config, 'legacy', where, false) ? 'always' : 'first'
  const decoders: JsonObject[] = [
    { type: 'Replace', pattern: { String: '\u2581' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
  ]
  if (prefixed) decoders.push({ type: 'Strip', content: ' ', start: 1, stop: 0 })
  return {
    ...tokenizer,
    normalizer: null,
    pre_tokenizer: {
      type: 'Metaspace',
      replacement: '\u2581',
      prepend_scheme: prefixed ? scheme : 'never',
      split: false,
    },
    decoder: { type: 'Sequence', decoders },
    model: {
      ...model,
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
    },
  }
}

function usesByteLevel(tokenizer: JsonObject): boolean {
  const parts = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']
  return parts.some((part) => JSON.stringify(field(tokenizer, part) ?? '').includes('"ByteLevel"'))
}
