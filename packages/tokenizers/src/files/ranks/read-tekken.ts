import { show, TokenizerError } from '../../errors.ts'
import {
  asArray,
  asObject,
  asString,
  countField,
  field,
  malformed,
  parseJson,
  type JsonObject,
} from '../../json.ts'
import { decodeBase64Into } from '../../base64.ts'
import type { TokenizerParts } from '../read-tokenizer-files.ts'
import { ByteRanks } from './byte-ranks.ts'
import { rankTokenizer, type SpecialToken } from './rank-tokenizer.ts'

// The special tokens of files that do not list them.
const firstSpecial = (
  '<unk> <s> </s> [INST] [/INST] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] ' +
  '[TOOL_CALLS] [IMG] <pad> [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] [SYSTEM_PROMPT] ' +
  '[/SYSTEM_PROMPT] [TOOL_CONTENT]'
).split(' ')
const MAX_SPECIAL = 100_000

/** Reads Mistral's tekken.json: special tokens first, then as many ranks as the size of the vocabulary leaves room for. */
export function readTekken(bytes: Uint8Array, name: string, config: JsonObject): TokenizerParts {
  const file = asObject(parseJson(bytes, name), name)
  const where = `${name}: config`
  const settings = asObject(field(file, 'config'), where)
  const pattern = portable(asString(field(settings, 'pattern'), `${where}.pattern`), where)
  const shift = countField(settings, 'default_num_special_tokens', where)
  const size = countField(settings, 'default_vocab_size', where)
  if (shift > MAX_SPECIAL) {
    throw new TokenizerError(
      'ERR_TOKENIZER_LIMIT',
      `${where}.default_num_special_tokens: may be ${MAX_SPECIAL} at most; got ${shift}.`,
    )
  }
  const special = readSpecial(field(file, 'special_tokens'), shift, name)
  const vocab = asArray(field(file, 'vocab'), `${name}: vocab`)
  if (size < shift || size - shift > vocab.length) {
    const rule = `a size from ${shift} to ${shift + vocab.length}, as there are tokens`
    throw malformed(`${where}.default_vocab_size`, rule, size)
  }
  const ranks = new ByteRanks(name, shift)
  for (let i = 0; i < size - shift; i++) addToken(ranks, vocab[i], i, name)
  const known = new Set(special.map(([token]) => token))
  const named = (
    [
      ['bos_token', '<s>'],
      ['eos_token', '</s>'],
      ['unk_token', '<unk>'],
      ['pad_token', '<pad>'],
    ] as const
  ).filter(([, token]) => known.has(token))
  return {
    tokenizer: rankTokenizer(ranks, pattern, special, name),
    config: { ...Object.fromEntries(named), ...config },
  }
}

const encoder = new TextEncoder()
const scratch = new Uint8Array(4096)

function addToken(ranks: ByteRanks, item: unknown, index: number, name: string): void {
  const where = `${name}: vocab[${index}]`
  const token = asObject(item, where)
  const rank = field(token, 'rank')
  if (rank !== index) throw malformed(`${where}.rank`, `${index}, as its place`, rank)
  const base64 = asString(field(token, 'token_bytes'), `${where}.token_bytes`)
  const { read, written } = encoder.encodeInto(base64, scratch)
  const room = ranks.open(written)
  const size =
    read < base64.length ? -1 : decodeBase64Into(scratch, 0, written, room.bytes, room.at)
  if (size < 0) throw malformed(`${where}.token_bytes`, 'base64', base64)
  ranks.close(size, index)
}

function readSpecial(value: unknown, count: number, name: string): SpecialToken[] {
  const where = `${name}: special_tokens`
  const names: string[] = []
  if (value === undefined || value === null) names.push(...firstSpecial.slice(0, count))
  else {
    asArray(value, where).forEach((item, i) => {
      const token = asObject(item, `${where}[${i}]`)
      const rank = countField(token, 'rank', `${where}[${i}]`)
      if (rank >= count || names[rank] !== undefined) {
        const rule = `a rank of its own below ${count}`
        throw malformed(`${where}[${i}].rank`, rule, rank)
      }
      names[rank] = asString(field(token, 'token_str'), `${where}[${i}].token_str`)
    })
  }
  return Array.from({ length: count }, (_, id) => [names[id] ?? `<SPECIAL_${id}>`, id] as const)
}

/** The pattern, in which Rust and Oniguruma must agree: `$`, `^` and possessive counts do not mean the same. */
function portable(pattern: string, where: string): string {
  const plain = pattern.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]])*\]/g, '')
  if (/[$^]|\{\d+(?:,\d*)?\}\+/.test(plain)) {
    throw new TokenizerError(
      'ERR_TOKENIZER_REGEX_UNSUPPORTED',
      `${where}.pattern: $, ^ and possessive counts are not supported here; got ${show(pattern)}.`,
    )
  }
  return pattern
}
