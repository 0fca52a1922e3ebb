import { specialTokenJson } from '../../added-token.ts'
import { TokenizerError } from '../../errors.ts'
import { boolField, field, type JsonObject } from '../../json.ts'
import type { TokenizerParts } from '../read-tokenizer-files.ts'
import { layoutOf, type Layout } from './class-layouts.ts'
import { pieceKind, readModelFile, type ModelFile } from './model-file.ts'
import { sentencePieceModelJson } from './sentencepiece-model.ts'
import { sentencePieceNormalizerJson } from './sentencepiece-normalizer.ts'

/** Reads a SentencePiece `.model`; `config` is the parsed tokenizer_config.json. */
export function readSentencePiece(
  bytes: Uint8Array,
  config: JsonObject,
  where: string,
): TokenizerParts {
  return sentencePieceParts(readModelFile(bytes, where), config)
}

/** The tokenizer that a SentencePiece model describes, whatever file it was read from. */
export function sentencePieceParts(file: ModelFile, config: JsonObject): TokenizerParts {
  const layout = layoutOf(file, config)
  const unknown = layout.pieces.find(([, , kind]) => kind === pieceKind.unknown)?.[0] ?? ''
  const ids = new Map(layout.pieces.map(([piece], id) => [piece, id]))
  const isFirstOnly = field(config, 'legacy') === false
  const { addDummyPrefix, removeExtraWhitespaces, byteFallback } = file
  const addPrefix = boolField(config, 'add_prefix_space', 'tokenizer_config.json', addDummyPrefix)
  const normalizer = sentencePieceNormalizerJson({
    ...file,
    pieces: layout.pieces,
    addDummyPrefix: addPrefix && !isFirstOnly,
  })
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: controlTokens(layout.pieces),
      normalizer:
        layout.normalizers.length === 0
          ? normalizer
          : { type: 'Sequence', normalizers: [...layout.normalizers, normalizer] },
      // What Transformers calls not legacy: a mark before the text alone, not behind each special token.
      pre_tokenizer:
        addPrefix && isFirstOnly
          ? { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'first', split: false }
          : null,
      post_processor: layout.template ? templateJson(layout.template, ids) : null,
      decoder: {
        type: 'SentencePiece',
        unk_piece: unknown,
        unk_surface: file.unkSurface,
        byte_fallback: byteFallback,
        add_dummy_prefix: addPrefix,
        remove_extra_whitespaces: removeExtraWhitespaces,
      },
      model: sentencePieceModelJson({ ...file, pieces: layout.pieces }),
    },
    config: { ...fileConfig(file, unknown, ids), ...layout.config, ...given(config) },
  }
}

/** Special tokens that the file names itself. */
function fileConfig(
  file: ModelFile,
  unknown: string,
  ids: ReadonlyMap<string, number>,
): JsonObject {
  const named = [
    ['bos_token', file.bosPiece],
    ['eos_token', file.eosPiece],
    ['pad_token', file.padPiece],
    ['unk_token', unknown],
  ] as const
  return Object.fromEntries(named.filter(([, piece]) => ids.has(piece)))
}

// null in tokenizer_config.json says "none" and so counts as given.
const given = (config: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))

/** Control pieces never come from text; as special tokens they can. */
const controlTokens = (pieces: ModelFile['pieces']): JsonObject[] =>
  pieces.flatMap(([content, , kind], id) =>
    kind === pieceKind.control ? [specialTokenJson(id, content)] : [],
  )

function templateJson(
  { single, pair }: NonNullable<Layout['template']>,
  ids: ReadonlyMap<string, number>,
): JsonObject {
  const special: Record<string, JsonObject> = {}
  const part = (text: string): JsonObject => {
    const [id = '', type = '0'] = text.split(':')
    if (id === 'A' || id === 'B') return { Sequence: { id, type_id: Number(type) } }
    const number = ids.get(id)
    if (number === undefined) {
      throw new TokenizerError(
        'ERR_TOKENIZER_FORMAT',
        `tokenizer.model: must hold the piece ${id} that its class puts around a text; got none.`,
      )
    }
    special[id] = { id, ids: [number], tokens: [id] }
    return { SpecialToken: { id, type_id: Number(type) } }
  }
  return {
    type: 'TemplateProcessing',
    single: single.map(part),
    pair: pair.map(part),
    special_tokens: special,
  }
}
