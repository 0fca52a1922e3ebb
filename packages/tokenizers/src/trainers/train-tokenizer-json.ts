import { addedTokenJson } from '../added-token.ts'
import { show, TokenizerError } from '../errors.ts'
import { asObject, field, type JsonObject } from '../json.ts'
import { readNormalizer } from '../normalizers/read-normalizer.ts'
import { readPreTokenizers } from '../pre-tokenizers/read-pre-tokenizer.ts'
import { Pace } from './pace.ts'
import { withNewIds } from './post-processor-ids.ts'
import { trainableKind, trainModel } from './train-model.ts'
import { readTrainerOptions, type CheckedOptions, type TrainerOptions } from './trainer-options.ts'
import { countWords, type TrainingTexts } from './word-counts.ts'

/**
 * The parts of a tokenizer.json that training keeps. `model` needs its `type` alone; of its other keys the settings
 * count (`unk_token`, `byte_fallback` ...). Ids in the post-processor are those of the tokens it names.
 */
export interface TokenizerSkeleton {
  readonly model: JsonObject
  readonly normalizer?: unknown
  readonly pre_tokenizer?: unknown
  readonly post_processor?: unknown
  readonly decoder?: unknown
  readonly truncation?: unknown
  readonly padding?: unknown
}

const parts = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder', 'truncation', 'padding']
const known = ['model', 'version', 'added_tokens', ...parts]

/** Learns a vocabulary from texts; returns a tokenizer.json object. `rename` changes tokens that the skeleton names. */
export async function trainTokenizerJson(
  skeleton: TokenizerSkeleton,
  texts: TrainingTexts,
  options: TrainerOptions,
  rename: (token: string) => string = (token) => token,
): Promise<JsonObject> {
  const where = 'trainTokenizer'
  const object = asObject(skeleton, `${where}: skeleton`)
  checkKeys(object)
  const model = asObject(field(object, 'model'), `${where}: model`)
  const checked = readTrainerOptions(trainableKind(model), options)
  const normalizer = readNormalizer(field(object, 'normalizer'), `${where}: normalizer`)
  const preTokenizers = readPreTokenizers(field(object, 'pre_tokenizer'), `${where}: pre_tokenizer`)
  const pace = new Pace(options)
  const counted = await countWords(texts, normalizer, preTokenizers, pace)
  const trained = await trainModel(model, counted, checked, pace)
  const ids = idsOf(trained, checked)
  const postProcessor = withNewIds(field(object, 'post_processor'), rename, (t) => ids.get(t))
  return {
    version: '1.0',
    truncation: field(object, 'truncation') ?? null,
    padding: withPadId(field(object, 'padding'), rename, ids),
    added_tokens: checked.specialTokens.map((token) =>
      addedTokenJson(ids.get(token.content)!, { ...token, special: true }),
    ),
    normalizer: field(object, 'normalizer') ?? null,
    pre_tokenizer: field(object, 'pre_tokenizer') ?? null,
    post_processor: postProcessor,
    decoder: field(object, 'decoder') ?? null,
    model: trained,
  }
}

function checkKeys(skeleton: JsonObject): void {
  for (const key of Object.keys(skeleton)) {
    const value = skeleton[key]
    const empty = value === undefined || (Array.isArray(value) && value.length === 0)
    if (!known.includes(key) || (key === 'added_tokens' && !empty)) {
      throw new TokenizerError(
        'ERR_TOKENIZER_OPTION',
        `trainTokenizer: the skeleton may have the keys model, ${parts.join(', ')}; got ${show(key)}. ` +
          'Tokens to add are the option specialTokens.',
      )
    }
  }
}

/** The ids of a trained vocabulary; a special token that found no room takes the next free one. */
function idsOf(model: JsonObject, { specialTokens }: CheckedOptions): Map<string, number> {
  const vocab = field(model, 'vocab')
  const ids = new Map(
    Array.isArray(vocab)
      ? vocab.map(([token]: [string], id): [string, number] => [token, id])
      : Object.entries(vocab as Record<string, number>),
  )
  for (const { content } of specialTokens) if (!ids.has(content)) ids.set(content, ids.size)
  return ids
}

function withPadId(
  padding: unknown,
  rename: (token: string) => string,
  ids: ReadonlyMap<string, number>,
): unknown {
  if (padding === null || padding === undefined) return null
  const object = asObject(padding, 'trainTokenizer: padding')
  const token = field(object, 'pad_token')
  const id = typeof token === 'string' ? ids.get(rename(token)) : undefined
  return id === undefined ? object : { ...object, pad_id: id, pad_token: rename(token as string) }
}
