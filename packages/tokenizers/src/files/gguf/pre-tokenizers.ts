// How the text before byte-level BPE is cut, by the name that a GGUF file has for it. The names are llama.cpp's; what
// they stand for is the tokenizer.json of the models that they were made for.
import { TokenizerError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'

/** What one name of `tokenizer.ggml.pre` stands for. */
export interface PreTokenizer {
  readonly parts: readonly JsonObject[]
  readonly normalizer: JsonObject | null
  /** A piece that is a token itself is that token, whatever its merges say. */
  readonly ignoreMerges: boolean
  /** Whether a text begins with the bos token where the file does not say. */
  readonly addBos: boolean
}

const split = (pattern: string): JsonObject => ({
  type: 'Split',
  pattern: { Regex: pattern },
  behavior: 'Isolated',
  invert: false,
})

const byteLevel = (useRegex: boolean): JsonObject => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
})

const plain = { normalizer: null, ignoreMerges: false, addBos: false }
const cut = (patterns: readonly string[], more: Partial<PreTokenizer> = {}): PreTokenizer => ({
  ...plain,
  parts: [...patterns.map(split), byteLevel(false)],
  ...more,
})

const lines = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'
const others = ' ?[^\\s\\p{L}\\p{N}]+'
const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const before = '[^\\r\\n\\p{L}\\p{N}]?'
const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]'
const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]'
const gpt2Words = `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|${others}|\\s+(?!\\S)|\\s+`

const gpt2: PreTokenizer = { ...plain, parts: [byteLevel(true)] }
const singleDigits: PreTokenizer = {
  ...plain,
  parts: [{ type: 'Digits', individual_digits: true }, byteLevel(true)],
}
const threeDigits = `${contractions}|${before}\\p{L}+|\\p{N}{1,3}|${others}[\\r\\n]*|${lines}`
const oneDigit = `${contractions}|${before}\\p{L}+|\\p{N}|${others}[\\r\\n]*|${lines}`
const llama3 = cut([threeDigits], { ignoreMerges: true, addBos: true })
const qwen2 = cut([oneDigit], { normalizer: { type: 'NFC' } })
const o200k = cut([
  `${before}${upper}*${lower}+${contractions}?|${before}${upper}+${lower}*${contractions}?|` +
    `\\p{N}{1,3}|${others}[\\r\\n/]*|${lines}`,
])
const tekken = cut(
  [`${before}${upper}*${lower}+|${before}${upper}+${lower}*|\\p{N}|${others}[\\r\\n/]*|${lines}`],
  { ignoreMerges: true },
)
const deepseek3 = cut([
  '\\p{N}{1,3}',
  '[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+',
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|' +
    '[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|' +
    lines,
])
// What files without a name get.
const fallback = cut(['[\\p{P}\\$\\+<=>\\^~\\|]+', gpt2Words, '\\p{N}+', '[0-9][0-9][0-9]'])

const known: readonly (readonly [names: string, PreTokenizer])[] = [
  ['default', fallback],
  ['gpt-2 phi-2 roberta-bpe mpt olmo jais trillion', gpt2],
  ['smollm starcoder refact command-r codeshell exaone minerva-7b', singleDigits],
  ['llama3 llama-v3 llama-bpe falcon3 pixtral', llama3],
  ['dbrx smaug-bpe', cut([threeDigits])],
  ['qwen2 deepseek-r1-qwen', qwen2],
  ['stablelm2', cut([oneDigit])],
  ['gpt-4o llama4', o200k],
  ['tekken', tekken],
  ['deepseek-v3', deepseek3],
]
const preTokenizers = new Map(
  known.flatMap(([names, how]) => names.split(' ').map((name) => [name, how] as const)),
)

/** What the name stands for; an unknown one is `ERR_TOKENIZER_UNSUPPORTED`. */
export function preTokenizerOf(name: string): PreTokenizer {
  const found = preTokenizers.get(name)
  if (found !== undefined) return found
  throw new TokenizerError(
    'ERR_TOKENIZER_UNSUPPORTED',
    `tokenizer.ggml.pre: must be one of ${[...preTokenizers.keys()].join(', ')}; got ` +
      `${JSON.stringify(name.slice(0, 60))}, which is not supported yet. Load the tokenizer from the model's own tokenizer.json.`,
    { details: { name } },
  )
}
