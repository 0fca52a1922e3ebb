import type { ChatTemplate } from '../../chat/chat-template.ts'
import { TokenizerError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import { VocabularyBuilder } from '../../models/vocabulary.ts'
import type { TokenizerParts } from '../read-tokenizer-files.ts'
import { pieceKind } from '../sentencepiece/model-file.ts'
import { sentencePieceParts } from '../sentencepiece/read-sentencepiece.ts'
import {
  flagField,
  type GGUFFields,
  idField,
  numbersField,
  textField,
  textsField,
  wrongField,
} from './gguf-fields.ts'
import { preTokenizerOf } from './pre-tokenizers.ts'

const prefix = 'tokenizer.ggml.'
const maxTemplate = 1 << 20
const maxTemplates = 64

/** A tokenizer as the keys `tokenizer.*` of a GGUF file describe it. */
export interface GGUFTokenizer extends TokenizerParts {
  readonly chatTemplate: ChatTemplate | undefined
}

/**
 * Turns the metadata of a GGUF file into what `createTokenizer` takes: byte-level BPE (`gpt2`) or SentencePiece's BPE
 * (`llama`). Other kinds and unknown names are `ERR_TOKENIZER_UNSUPPORTED`, malformed ones `ERR_TOKENIZER_FORMAT`.
 */
export function readGGUFTokenizer(fields: GGUFFields): GGUFTokenizer {
  const model = textField(fields, `${prefix}model`)
  if (model === undefined) {
    throw new TokenizerError(
      'ERR_TOKENIZER_FILE',
      `${prefix}model: the GGUF file must hold a tokenizer; got none. Load the tokenizer from the model's own folder.`,
    )
  }
  const vocabulary = readVocabulary(fields)
  const parts = kinds.get(model)?.(fields, vocabulary)
  if (parts === undefined) {
    throw new TokenizerError(
      'ERR_TOKENIZER_UNSUPPORTED',
      `${prefix}model: must be one of ${[...kinds.keys()].join(', ')}; got ${JSON.stringify(model.slice(0, 60))}, ` +
        "which is not supported yet. Load the tokenizer from the model's own tokenizer.json.",
    )
  }
  return { ...parts, chatTemplate: readTemplates(fields) }
}

/** Tokens by id, with their kinds (those of SentencePiece) and scores. */
interface TokenLists {
  readonly tokens: readonly string[]
  readonly types: ArrayLike<number> | undefined
  readonly scores: ArrayLike<number> | undefined
}

function readVocabulary(fields: GGUFFields): TokenLists {
  const tokens = textsField(fields, `${prefix}tokens`)
  if (tokens === undefined || tokens.length === 0)
    throw wrongField(`${prefix}tokens`, 'a list of tokens', tokens)
  const count = textField(fields, 'general.architecture')
  const size = count === undefined ? undefined : fields.get(`${count}.vocab_size`)
  // A larger embedding is padded; a smaller one would be asked for rows that it lacks.
  if (typeof size === 'number' && size < tokens.length)
    throw wrongField(`${prefix}tokens`, `a list of at most ${size} tokens`, tokens.length)
  return {
    tokens,
    types: numbersField(fields, `${prefix}token_type`, tokens.length),
    scores: numbersField(fields, `${prefix}scores`, tokens.length),
  }
}

type Kind = (fields: GGUFFields, lists: TokenLists) => TokenizerParts

const kinds: ReadonlyMap<string, Kind> = new Map([
  ['gpt2', byteLevelParts],
  ['llama', scoredParts],
])

/** Byte-level BPE with a list of merges. */
function byteLevelParts(fields: GGUFFields, lists: TokenLists): TokenizerParts {
  const { tokens } = lists
  const pre = preTokenizerOf(textField(fields, `${prefix}pre`) ?? 'default')
  const vocab = new VocabularyBuilder()
  tokens.forEach((token, id) => vocab.addText(token, id))
  const repeated = () =>
    wrongField(`${prefix}tokens`, 'a list of different tokens', 'the same token twice')
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true }
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens(lists),
      normalizer: pre.normalizer,
      pre_tokenizer: { type: 'Sequence', pretokenizers: pre.parts },
      post_processor: null,
      decoder: { ...byteLevel, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: pre.ignoreMerges,
        // Ready-made: an object of some hundred thousand keys takes several times as long.
        vocab: vocab.build(repeated, repeated),
        merges: readMerges(fields),
      },
    },
    config: readConfig(fields, tokens, { addBos: pre.addBos }),
  }
}

function readMerges(fields: GGUFFields): (string | [string, string])[] {
  const key = `${prefix}merges`
  const merges = textsField(fields, key)
  if (merges === undefined) throw wrongField(key, 'a list of merges', undefined)
  return merges.map((merge, i) => {
    // A first part may be a space itself.
    const space = merge.indexOf(' ', 1)
    if (space > 0 && space + 1 < merge.length) {
      // As one text it is read faster; this one would be taken for the first line of a file.
      const isPlain = !merge.startsWith('#version') && merge.indexOf(' ', space + 1) < 0
      return isPlain ? merge : [merge.slice(0, space), merge.slice(space + 1)]
    }
    throw wrongField(`${key}[${i}]`, 'two tokens with a space between', merge)
  })
}

/** SentencePiece's BPE: neighbours join by the scores of pieces. */
function scoredParts(fields: GGUFFields, lists: TokenLists): TokenizerParts {
  const { tokens, types, scores } = lists
  const need = (list: ArrayLike<number> | undefined, name: string) => {
    if (list !== undefined) return list
    throw wrongField(`${prefix}${name}`, 'a list of numbers, one for each token', undefined)
  }
  const kindOf = need(types, 'token_type')
  const scoreOf = need(scores, 'scores')
  const pieces = tokens.map((token, id) => [token, scoreOf[id]!, kindOf[id]!] as const)
  const config = readConfig(fields, tokens, { addBos: true })
  const name = (key: string) => (typeof config[key] === 'string' ? (config[key] as string) : '')
  const parts = sentencePieceParts(
    {
      algorithm: 'bpe',
      pieces,
      byteFallback: pieces.some(([, , kind]) => kind === pieceKind.byte),
      treatWhitespaceAsSuffix: false,
      unkSurface: ' \u2047 ',
      bosPiece: name('bos_token'),
      eosPiece: name('eos_token'),
      padPiece: name('pad_token'),
      charsmap: new Uint8Array(0),
      addDummyPrefix: flagField(fields, `${prefix}add_space_prefix`) ?? true,
      removeExtraWhitespaces: flagField(fields, `${prefix}remove_extra_whitespaces`) ?? false,
      escapeWhitespaces: true,
    },
    config,
  )
  return { ...parts, tokenizer: { ...parts.tokenizer, added_tokens: addedTokens(lists) } }
}

/** Control tokens are special, user-defined ones are cut out of texts all the same. */
function addedTokens({ tokens, types }: TokenLists): JsonObject[] {
  return tokens.flatMap((content, id) => {
    const kind = types?.[id]
    if (kind !== pieceKind.control && kind !== pieceKind.userDefined) return []
    const rules = { single_word: false, lstrip: false, rstrip: false, normalized: false }
    return [{ id, content, ...rules, special: kind === pieceKind.control }]
  })
}

const specialKeys = [
  ['bos_token', 'bos_token_id'],
  ['eos_token', 'eos_token_id'],
  ['unk_token', 'unknown_token_id'],
  ['sep_token', 'seperator_token_id'],
  ['pad_token', 'padding_token_id'],
  ['mask_token', 'mask_token_id'],
] as const

/** As a tokenizer_config.json. */
function readConfig(
  fields: GGUFFields,
  tokens: readonly string[],
  defaults: { addBos: boolean },
): JsonObject {
  const architecture = textField(fields, 'general.architecture')
  const length = architecture && fields.get(`${architecture}.context_length`)
  const named = specialKeys.flatMap(([name, key]) => {
    const id = idField(fields, prefix + key, tokens.length)
    return id === undefined ? [] : [[name, tokens[id]!] as const]
  })
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...Object.fromEntries(named),
    add_bos_token: flagField(fields, `${prefix}add_bos_token`) ?? defaults.addBos,
    add_eos_token: flagField(fields, `${prefix}add_eos_token`) ?? false,
    clean_up_tokenization_spaces: false,
    ...(typeof length === 'number' && length > 0 ? { model_max_length: length } : {}),
  }
}

function readTemplates(fields: GGUFFields): ChatTemplate | undefined {
  const key = 'tokenizer.chat_template'
  const main = templateField(fields, key)
  const names = textsField(fields, 'tokenizer.chat_templates') ?? []
  if (names.length > maxTemplates)
    throw wrongField('tokenizer.chat_templates', `at most ${maxTemplates} names`, names.length)
  const named = names.flatMap((name) => {
    const text = templateField(fields, `${key}.${name}`)
    return text === undefined ? [] : [[name, text] as const]
  })
  if (named.length === 0) return main
  return new Map([...(main === undefined ? [] : [['default', main] as const]), ...named])
}

function templateField(fields: GGUFFields, key: string): string | undefined {
  const text = textField(fields, key)
  if (text === undefined || text.length <= maxTemplate) return text
  throw new TokenizerError(
    'ERR_TOKENIZER_LIMIT',
    `${key}: may have ${maxTemplate} characters at most; got ${text.length}.`,
  )
}
