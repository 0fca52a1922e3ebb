import { show, TokenizerError } from '../errors.ts'
import { field, type JsonObject } from '../json.ts'
import { trainBPE } from './bpe-trainer.ts'
import type { Pace } from './pace.ts'
import type { CheckedOptions, TrainableKind } from './trainer-options.ts'
import { trainUnigram } from './unigram-trainer.ts'
import type { WordCounts } from './word-counts.ts'
import { trainWordLevel } from './word-level-trainer.ts'

/** The kind of a `model` object that is to be trained. */
export function trainableKind(model: JsonObject): TrainableKind {
  const type = field(model, 'type')
  if (typeof type === 'string' && Object.hasOwn(trainers, type)) return type as TrainableKind
  throw new TokenizerError(
    'ERR_TOKENIZER_OPTION',
    `trainTokenizer: model.type must be one of ${Object.keys(trainers).join(', ')}; got ${show(type)}.`,
  )
}

/** Learns a vocabulary from words; returns the `model` object of a tokenizer.json, other settings as in `model`. */
export function trainModel(
  model: JsonObject,
  counted: WordCounts,
  options: CheckedOptions,
  pace: Pace,
): Promise<JsonObject> {
  return trainers[trainableKind(model)](model, counted, options, pace)
}

type Train = (
  model: JsonObject,
  counted: WordCounts,
  options: CheckedOptions,
  pace: Pace,
) => Promise<JsonObject>

const trainers: Readonly<Record<TrainableKind, Train>> = {
  async BPE(model, counted, options, pace) {
    const prefix = options.continuingSubwordPrefix ?? text(model, 'continuing_subword_prefix')
    const suffix = options.endOfWordSuffix ?? text(model, 'end_of_word_suffix')
    const affixes = { continuingSubwordPrefix: prefix, endOfWordSuffix: suffix }
    const { tokens, merges } = await trainBPE(counted, { ...options, ...affixes }, pace)
    return {
      type: 'BPE',
      dropout: field(model, 'dropout') ?? null,
      unk_token: field(model, 'unk_token') ?? null,
      continuing_subword_prefix: prefix ?? null,
      end_of_word_suffix: suffix ?? null,
      fuse_unk: field(model, 'fuse_unk') ?? false,
      byte_fallback: field(model, 'byte_fallback') ?? false,
      ignore_merges: field(model, 'ignore_merges') ?? false,
      vocab: numbered(tokens),
      merges,
    }
  },
  async WordPiece(model, counted, options, pace) {
    const given = options.continuingSubwordPrefix ?? text(model, 'continuing_subword_prefix')
    const prefix = given ?? '##'
    const settings = { ...options, continuingSubwordPrefix: prefix }
    const { tokens } = await trainBPE(counted, settings, pace)
    return {
      type: 'WordPiece',
      unk_token: field(model, 'unk_token') ?? '[UNK]',
      continuing_subword_prefix: prefix,
      max_input_chars_per_word: field(model, 'max_input_chars_per_word') ?? 100,
      vocab: numbered(tokens),
    }
  },
  async WordLevel(model, counted, options) {
    return {
      type: 'WordLevel',
      vocab: numbered(trainWordLevel(counted, options)),
      unk_token: field(model, 'unk_token') ?? '<unk>',
    }
  },
  async Unigram(model, counted, options, pace) {
    const { vocab, unkId } = await trainUnigram(counted, options, pace)
    return {
      type: 'Unigram',
      unk_id: unkId ?? null,
      vocab,
      byte_fallback: field(model, 'byte_fallback') ?? false,
    }
  },
}

function text(model: JsonObject, key: string): string | undefined {
  const value = field(model, key)
  return typeof value === 'string' ? value : undefined
}

const numbered = (tokens: readonly string[]): JsonObject =>
  Object.fromEntries(tokens.map((token, id) => [token, id]))
