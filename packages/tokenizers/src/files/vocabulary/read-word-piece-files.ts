import { specialTokenJson } from '../../added-token.ts'
import { TokenizerError } from '../../errors.ts'
import { boolField, field, stringField, type JsonObject } from '../../json.ts'
import type { TokenizerParts } from '../read-tokenizer-files.ts'
import { textLines } from './text-lines.ts'

const where = 'tokenizer_config.json'
// Classes with a vocab.txt that is read or surrounded in another way.
const others =
  /^(BertJapanese|Bertweet|CTRL|Esm|FastSpeech2Conformer|Funnel|Herbert|LayoutLMv2|MPNet|Phobert|ProphetNet|RoCBert|RoFormer|Splinter|Tapas|Xlm)Tokenizer/i

/** Reads a vocab.txt, one token of WordPiece a line, as BERT and its kin have it. */
export function readWordPieceFiles(
  bytes: Uint8Array,
  name: string,
  config: JsonObject,
): TokenizerParts {
  const className = String(field(config, 'tokenizer_class') ?? '')
  if (others.test(className)) {
    throw new TokenizerError(
      'ERR_TOKENIZER_UNSUPPORTED',
      `${where}: a vocab.txt for ${className} is not supported yet. Save the tokenizer once with Transformers' ` +
        `save_pretrained(), which writes tokenizer.json.`,
    )
  }
  // Of a token that stands there twice the last line counts, as in Transformers.
  const ids = new Map<string, number>()
  textLines(bytes, name).forEach((token, id) => ids.set(token, id))
  const special = (key: string, fallback: string): string => nameOf(config, key) ?? fallback
  const unk = special('unk_token', '[UNK]')
  const cls = special('cls_token', '[CLS]')
  const sep = special('sep_token', '[SEP]')
  const idOf = (token: string): number => {
    const id = ids.get(token)
    if (id !== undefined) return id
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${name}: must hold the special token ${JSON.stringify(token)}; got ${ids.size} tokens without it.`,
      { details: { token } },
    )
  }
  const known = { pad_token: '[PAD]', mask_token: '[MASK]' }
  const named = Object.entries({ unk_token: unk, cls_token: cls, sep_token: sep, ...known })
  const specialTokens = named.filter(([, token]) => ids.has(token))
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: specialTokens
        .map(([, content]) => specialTokenJson(ids.get(content)!, content))
        .sort((a, b) => a.id - b.id),
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: boolField(config, 'tokenize_chinese_chars', where, true),
        strip_accents: field(config, 'strip_accents') ?? null,
        lowercase: boolField(config, 'do_lower_case', where, true),
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [piece(cls, 0), sequence('A', 0), piece(sep, 0)],
        pair: [piece(cls, 0), sequence('A', 0), piece(sep, 0), sequence('B', 1), piece(sep, 1)],
        special_tokens: Object.fromEntries(
          [cls, sep].map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]),
        ),
      },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: unk,
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(ids),
      },
    },
    config: { ...Object.fromEntries(specialTokens), ...config },
  }
}

const piece = (id: string, type_id: number): JsonObject => ({ SpecialToken: { id, type_id } })
const sequence = (id: string, type_id: number): JsonObject => ({ Sequence: { id, type_id } })

/** The text of a special token, which the configuration gives as a text or as an object. */
function nameOf(config: JsonObject, key: string): string | undefined {
  const value = field(config, key)
  if (typeof value === 'object' && value !== null)
    return stringField(value as JsonObject, 'content', `${where}: ${key}`)
  return stringField(config, key, where)
}
