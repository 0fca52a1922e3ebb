import { TokenizerError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import type { SpecialToken } from './rank-tokenizer.ts'

/** What a file of ranks does not say itself. */
export interface Encoding {
  /** How text is cut into pieces, in the syntax of Oniguruma. */
  readonly pattern: string
  readonly special: readonly SpecialToken[]
  readonly normalizer: JsonObject | null
  readonly config: JsonObject
}

const lines = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'
const others = ' ?[^\\s\\p{L}\\p{N}]+'
const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const before = '[^\\r\\n\\p{L}\\p{N}]?'
const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]'
const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]'

const gpt2 = `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|${others}|\\s+(?!\\S)|\\s+`
const llama3 = `${contractions}|${before}\\p{L}+|\\p{N}{1,3}|${others}[\\r\\n]*|${lines}`
const qwen = `${contractions}|${before}\\p{L}+|\\p{N}|${others}[\\r\\n]*|${lines}`
// Unlike the patterns made from it, tiktoken's own takes all space at the end of a text in one piece.
const cl100k = `'(?i:[sdmt]|ll|ve|re)|${before}\\p{L}+|\\p{N}{1,3}|${others}[\\r\\n]*|\\s+\\z|\\s*[\\r\\n]|\\s+(?!\\S)|\\s`
const o200k =
  `${before}${upper}*${lower}+${contractions}?|${before}${upper}+${lower}*${contractions}?|` +
  `\\p{N}{1,3}|${others}[\\r\\n/]*|${lines}`

const END = '<|endoftext|>'
const ends: JsonObject = { bos_token: END, eos_token: END }

const encodings: readonly (readonly [name: RegExp, encoding: Encoding])[] = [
  [
    /cl100k/,
    {
      pattern: cl100k,
      special: [
        [END, 100257],
        ['<|fim_prefix|>', 100258],
        ['<|fim_middle|>', 100259],
        ['<|fim_suffix|>', 100260],
        ['<|endofprompt|>', 100276],
      ],
      normalizer: null,
      config: ends,
    },
  ],
  [
    /o200k/,
    {
      pattern: o200k,
      special: [
        [END, 199999],
        ['<|endofprompt|>', 200018],
      ],
      normalizer: null,
      config: ends,
    },
  ],
  [/[pr]50k|gpt2/, { pattern: gpt2, special: [[END, 50256]], normalizer: null, config: ends }],
  [
    /^qwen/,
    {
      pattern: qwen,
      special: [
        [END, 151643],
        ['<|im_start|>', 151644],
        ['<|im_end|>', 151645],
        ...Array.from({ length: 205 }, (_, i) => [`<|extra_${i}|>`, 151646 + i] as const),
      ],
      normalizer: { type: 'NFC' },
      config: { eos_token: END, pad_token: END },
    },
  ],
  // What Transformers takes for a file of ranks that is called like a SentencePiece model, as Llama 3's is.
  [/\.model$/, { pattern: llama3, special: [], normalizer: null, config: {} }],
]

/** The encoding that the name of a file says. */
export function encodingOf(name: string): Encoding {
  for (const [pattern, encoding] of encodings) if (pattern.test(name)) return encoding
  throw new TokenizerError(
    'ERR_TOKENIZER_UNSUPPORTED',
    `${name}: a file of ranks must have a name that says its encoding (cl100k, o200k, p50k, r50k, qwen or ` +
      'tokenizer.model); the file itself does not say how text is cut.',
    { details: { name } },
  )
}
