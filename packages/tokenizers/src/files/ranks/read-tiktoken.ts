import { show, TokenizerError } from '../../errors.ts'
import { asObject, asString, field, type JsonObject } from '../../json.ts'
import { decodeBase64Into } from '../../base64.ts'
import type { TokenizerParts } from '../read-tokenizer-files.ts'
import { ByteRanks } from './byte-ranks.ts'
import { rankTokenizer, type SpecialToken } from './rank-tokenizer.ts'
import { encodingOf } from './tiktoken-encodings.ts'

const SPACE = 0x20
const LINE = 0x0a
const RETURN = 0x0d

/** True for a file of ranks under a name that SentencePiece uses too: its first line is base64, a space and a number. */
export function isTiktoken(bytes: Uint8Array): boolean {
  let text = ''
  for (let i = 0; i < Math.min(bytes.length, 1024) && bytes[i] !== LINE; i++)
    text += String.fromCharCode(bytes[i]!)
  return /^[A-Za-z0-9+/]+={0,2} \d+\r?$/.test(text)
}

/** Reads a `.tiktoken` file; the pattern and the special tokens come from its name and tokenizer_config.json. */
export function readTiktoken(bytes: Uint8Array, name: string, config: JsonObject): TokenizerParts {
  const ranks = readRanks(bytes, name)
  const encoding = encodingOf(name)
  const special = new Map<string, number>(encoding.special)
  for (const [token, id] of configTokens(config)) if (!ranks.has(id)) special.set(token, id)
  const { pattern, normalizer } = encoding
  const list: SpecialToken[] = [...special].sort(([, a], [, b]) => a - b)
  return {
    tokenizer: rankTokenizer(ranks, pattern, list, name, normalizer),
    config: { ...encoding.config, ...config },
  }
}

/** The tokens of `added_tokens_decoder`, which stand between or behind the ranks. */
function* configTokens(config: JsonObject): Iterable<SpecialToken> {
  const where = 'tokenizer_config.json: added_tokens_decoder'
  const value = field(config, 'added_tokens_decoder')
  if (value === undefined || value === null) return
  for (const [id, token] of Object.entries(asObject(value, where))) {
    if (!/^\d{1,8}$/.test(id)) {
      throw new TokenizerError(
        'ERR_TOKENIZER_FORMAT',
        `${where}: must be keyed by token ids; got ${show(id)}.`,
      )
    }
    const at = `${where}[${id}]`
    yield [asString(field(asObject(token, at), 'content'), `${at}.content`), Number(id)]
  }
}

/** Lines of base64, one space and a rank. */
function readRanks(bytes: Uint8Array, name: string): ByteRanks {
  const ranks = new ByteRanks(name)
  for (let at = 0, line = 1; at < bytes.length; line++) {
    let end = bytes.indexOf(LINE, at)
    if (end < 0) end = bytes.length
    const stop = end > at && bytes[end - 1] === RETURN ? end - 1 : end
    if (stop > at) {
      const space = bytes.subarray(at, stop).indexOf(SPACE)
      const token = ranks.open(space < 0 ? 0 : space)
      const size = space < 0 ? -1 : decodeBase64Into(bytes, at, at + space, token.bytes, token.at)
      const rank = space < 0 ? -1 : readNumber(bytes, at + space + 1, stop)
      if (size < 0 || rank < 0) throw badLine(name, line, bytes.subarray(at, stop))
      ranks.close(size, rank)
    }
    at = end + 1
  }
  return ranks
}

function readNumber(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 9) return -1
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function badLine(name: string, line: number, bytes: Uint8Array): TokenizerError {
  const text = new TextDecoder().decode(bytes.subarray(0, 64))
  return new TokenizerError(
    'ERR_TOKENIZER_FORMAT',
    `${name}: line ${line} must be base64, a space and a rank; got ${show(text)}. Is the download complete?`,
    { details: { line } },
  )
}
