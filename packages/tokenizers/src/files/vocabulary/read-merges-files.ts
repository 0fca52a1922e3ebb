import { TokenizerError } from '../../errors.ts'
import { asObject, boolField, field, parseJson, type JsonObject } from '../../json.ts'
import type { FileMap, TokenizerParts } from '../read-tokenizer-files.ts'
import { textLines } from './text-lines.ts'

const where = 'tokenizer_config.json'
const END = '<|endoftext|>'
const ends: JsonObject = { bos_token: END, eos_token: END, unk_token: END }

/** What a class of Transformers adds to a vocabulary and its merges. */
interface Family {
  readonly config: JsonObject
  readonly model?: JsonObject
  readonly normalizer?: JsonObject
  readonly preTokenizer?: JsonObject
  /** Built with the names and ids of the special tokens. */
  readonly postProcessor?: (
    special: (key: string) => [string, number],
    addSpace: boolean,
  ) => JsonObject
}

const gpt2: Family = { config: ends }

const roberta: Family = {
  config: {
    bos_token: '<s>',
    eos_token: '</s>',
    sep_token: '</s>',
    cls_token: '<s>',
    unk_token: '<unk>',
    pad_token: '<pad>',
    mask_token: '<mask>',
  },
  postProcessor: (special, addSpace) => ({
    type: 'RobertaProcessing',
    sep: special('sep_token'),
    cls: special('cls_token'),
    trim_offsets: true,
    add_prefix_space: addSpace,
  }),
}

const split = (pattern: string, behavior: string, invert: boolean): JsonObject => ({
  type: 'Split',
  pattern: { Regex: pattern },
  behavior,
  invert,
})

const byteLevel = (addSpace: boolean, useRegex: boolean): JsonObject => ({
  type: 'ByteLevel',
  add_prefix_space: addSpace,
  trim_offsets: true,
  use_regex: useRegex,
})

const qwen2: Family = {
  config: { eos_token: END, pad_token: END, unk_token: END },
  normalizer: { type: 'NFC' },
  preTokenizer: split(
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" +
      '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
    'Isolated',
    false,
  ),
}

const clip: Family = {
  config: { bos_token: '<|startoftext|>', eos_token: END, unk_token: END, pad_token: END },
  model: { end_of_word_suffix: '</w>', unk_token: END },
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'NFC' },
      { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
      { type: 'Lowercase' },
    ],
  },
  preTokenizer: split(
    "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
    'Removed',
    true,
  ),
  postProcessor: (special) => ({
    type: 'RobertaProcessing',
    sep: special('eos_token'),
    cls: special('bos_token'),
    trim_offsets: false,
    add_prefix_space: false,
  }),
}

const families: readonly (readonly [RegExp, Family])[] = [
  [/^(Roberta|Bart|Longformer|LED|Mvp)Tokenizer/, roberta],
  [/^Qwen2Tokenizer/, qwen2],
  [/^CLIPTokenizer/, clip],
]

// Classes with a vocab.json and merges.txt that are read or surrounded in another way.
const others =
  /^(Bertweet|Blenderbot|BlenderbotSmall|CTRL|Clvp|Deberta|FSMT|Flaubert|Herbert|LayoutLMv3|Luke|MarkupLM|OpenAIGPT|Phobert|Whisper|XLM)Tokenizer/

/** Reads vocab.json and merges.txt, as GPT-2, RoBERTa, Qwen 2 and CLIP have them. */
export function readMergesFiles(
  files: FileMap,
  vocabName: string,
  mergesName: string,
  config: JsonObject,
): TokenizerParts {
  const className = String(field(config, 'tokenizer_class') ?? '')
  if (others.test(className)) {
    throw new TokenizerError(
      'ERR_TOKENIZER_UNSUPPORTED',
      `${where}: vocab.json and merges.txt for ${className} are not supported yet. Save the tokenizer once with ` +
        `Transformers' save_pretrained(), which writes tokenizer.json.`,
    )
  }
  const family = families.find(([pattern]) => pattern.test(className))?.[1] ?? gpt2
  const vocab = asObject(parseJson(files.get(vocabName)!, vocabName), vocabName)
  const addSpace = boolField(config, 'add_prefix_space', where, false)
  // A file with tokens of its own names them in its configuration; the family's count where they exist.
  const known = Object.entries(family.config).filter(([, token]) =>
    Object.hasOwn(vocab, token as string),
  )
  const merged: JsonObject = { ...Object.fromEntries(known), ...config }
  const special = (key: string): [string, number] => {
    const value = field(merged, key)
    const token =
      typeof value === 'object' && value !== null ? field(value as JsonObject, 'content') : value
    const id = typeof token === 'string' ? field(vocab, token) : undefined
    if (typeof token === 'string' && typeof id === 'number') return [token, id]
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${vocabName}: must hold the ${key} of ${className || 'the tokenizer'}; got ${JSON.stringify(token ?? null)}.`,
    )
  }
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: family.normalizer ?? null,
      pre_tokenizer: family.preTokenizer
        ? {
            type: 'Sequence',
            pretokenizers: [family.preTokenizer, byteLevel(addSpace, family === clip)],
          }
        : byteLevel(addSpace, true),
      post_processor: family.postProcessor?.(special, addSpace) ?? {
        ...byteLevel(true, true),
        trim_offsets: false,
      },
      decoder: byteLevel(true, true),
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: '',
        end_of_word_suffix: '',
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        ...family.model,
        vocab,
        merges: readMerges(files.get(mergesName)!, mergesName),
      },
    },
    config: merged,
  }
}

function readMerges(bytes: Uint8Array, name: string): [string, string][] {
  const merges: [string, string][] = []
  textLines(bytes, name).forEach((line, i) => {
    if (line === '' || line.startsWith('#version')) return
    const parts = line.split(' ')
    const [left, right] = parts
    if (parts.length !== 2 || !left || !right) {
      throw new TokenizerError(
        'ERR_TOKENIZER_MERGES',
        `${name}: line ${i + 1} must be two tokens with a space between; got ${JSON.stringify(line.slice(0, 60))}.`,
        { details: { line: i + 1 } },
      )
    }
    merges.push([left, right])
  })
  return merges
}
