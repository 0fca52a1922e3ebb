import { show, TokenizerError } from '../errors.ts'
import {
  asArray,
  asId,
  asObject,
  asString,
  boolField,
  field,
  malformed,
  unsupported,
  type JsonObject,
} from '../json.ts'
import { BertProcessing } from './bert-processing.ts'
import { ByteLevelProcessing } from './byte-level.ts'
import type { PostProcessor } from './post-processor.ts'
import { RobertaProcessing } from './roberta-processing.ts'
import { ProcessorSequence } from './sequence.ts'
import type { NamedToken } from './surround.ts'
import {
  TemplateProcessing,
  type TemplatePiece,
  type TemplateToken,
} from './template-processing.ts'

const MAX_PIECES = 1024

const supported = [
  'TemplateProcessing',
  'BertProcessing',
  'RobertaProcessing',
  'ByteLevel',
  'Sequence',
]

/** Builds the post-processor of a tokenizer.json; null means none. */
export function readPostProcessor(value: unknown, where: string): PostProcessor | undefined {
  if (value === null || value === undefined) return undefined
  const object = asObject(value, where)
  const type = asString(field(object, 'type'), `${where}.type`)
  const flag = (key: string) => boolField(object, key, where, true)
  switch (type) {
    case 'ByteLevel':
      return new ByteLevelProcessing({
        addPrefixSpace: flag('add_prefix_space'),
        trimOffsets: flag('trim_offsets'),
        useRegex: flag('use_regex'),
      })
    case 'BertProcessing':
      return new BertProcessing(readToken(object, 'sep', where), readToken(object, 'cls', where))
    case 'RobertaProcessing':
      return new RobertaProcessing(
        readToken(object, 'sep', where),
        readToken(object, 'cls', where),
        { trimOffsets: flag('trim_offsets'), addPrefixSpace: flag('add_prefix_space') },
      )
    case 'TemplateProcessing':
      return readTemplate(object, where)
    case 'Sequence': {
      const items = asArray(field(object, 'processors'), `${where}.processors`)
      const processors = items.map((item, i) =>
        readPostProcessor(item, `${where}.processors[${i}]`),
      )
      return new ProcessorSequence(processors.filter((processor) => processor !== undefined))
    }
  }
  throw unsupported(where, `the post-processor ${type}`, supported)
}

function readToken(object: JsonObject, key: string, where: string): NamedToken {
  const pair = asArray(field(object, key), `${where}.${key}`)
  if (pair.length !== 2) throw malformed(`${where}.${key}`, 'a token and its id', pair)
  return [asString(pair[0], `${where}.${key}[0]`), asId(pair[1], `${where}.${key}[1]`)]
}

function readTemplate(object: JsonObject, where: string): PostProcessor {
  const specials = asObject(field(object, 'special_tokens') ?? {}, `${where}.special_tokens`)
  const tokens = new Map<string, TemplateToken>()
  for (const [name, token] of Object.entries(specials)) {
    tokens.set(name, readSpecial(token, `${where}.special_tokens[${show(name)}]`))
  }
  const read = (key: 'single' | 'pair'): readonly TemplatePiece[] => {
    const pieces = fewAtMost(asArray(field(object, key), `${where}.${key}`), `${where}.${key}`)
    return pieces.map((piece, i) => readPiece(piece, tokens, `${where}.${key}[${i}]`))
  }
  const single = read('single')
  const pair = read('pair')
  if (single.some((piece) => 'sequence' in piece && piece.sequence === 'B')) {
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${where}.single: must use sequence A and no other; got ${show(field(object, 'single'))}.`,
    )
  }
  return new TemplateProcessing(single, pair, tokens)
}

/** Every text gets all of them, so a file may not ask for millions. */
function fewAtMost(list: readonly unknown[], where: string): readonly unknown[] {
  if (list.length <= MAX_PIECES) return list
  throw new TokenizerError(
    'ERR_TOKENIZER_LIMIT',
    `${where}: may have ${MAX_PIECES} entries at most; got ${list.length}.`,
  )
}

function readSpecial(value: unknown, where: string): TemplateToken {
  const token = asObject(value, where)
  const ids = fewAtMost(asArray(field(token, 'ids'), `${where}.ids`), `${where}.ids`)
  const tokens = asArray(field(token, 'tokens') ?? [], `${where}.tokens`)
  if (ids.length !== tokens.length) {
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${where}: must have as many ids as tokens; got ${ids.length} and ${tokens.length}.`,
    )
  }
  return {
    ids: ids.map((id, i) => asId(id, `${where}.ids[${i}]`)),
    tokens: tokens.map((item, i) => asString(item, `${where}.tokens[${i}]`)),
  }
}

function readPiece(
  value: unknown,
  tokens: ReadonlyMap<string, TemplateToken>,
  where: string,
): TemplatePiece {
  const piece = asObject(value, where)
  const sequence = field(piece, 'Sequence')
  if (sequence !== undefined) {
    const object = asObject(sequence, `${where}.Sequence`)
    const id = field(object, 'id')
    if (id !== 'A' && id !== 'B') {
      throw new TokenizerError(
        'ERR_TOKENIZER_FORMAT',
        `${where}.Sequence.id: must be A or B; got ${show(id)}.`,
      )
    }
    return { sequence: id, typeId: readTypeId(object, `${where}.Sequence`) }
  }
  const object = asObject(field(piece, 'SpecialToken'), `${where}.SpecialToken`)
  const special = asString(field(object, 'id'), `${where}.SpecialToken.id`)
  if (!tokens.has(special)) {
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${where}: must name one of special_tokens; got ${show(special)}.`,
    )
  }
  return { special, typeId: readTypeId(object, `${where}.SpecialToken`) }
}

function readTypeId(object: JsonObject, where: string): number {
  return asId(field(object, 'type_id') ?? 0, `${where}.type_id`)
}
