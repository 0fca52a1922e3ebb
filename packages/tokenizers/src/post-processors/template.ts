import { TokenizerError, show } from '../errors.ts'
import { asArray, asId, asObject, asString, field, unsupported, type JsonObject } from '../json.ts'

/** Ids to put around the text, or `A` and `B` where the texts go. */
export type TemplatePart = 'A' | 'B' | readonly number[]

/** Puts special tokens around one text or a pair. */
export interface PostProcessor {
  readonly single: readonly TemplatePart[]
  readonly pair: readonly TemplatePart[]
}

/** What a tokenizer without template does: the texts, one after another. */
export const plainProcessor: PostProcessor = { single: ['A'], pair: ['A', 'B'] }

const supported = ['TemplateProcessing', 'ByteLevel', 'Sequence']

/** Builds the post-processor of a tokenizer.json. */
export function readPostProcessor(value: unknown, where: string): PostProcessor {
  if (value === null || value === undefined) return plainProcessor
  const object = asObject(value, where)
  const type = asString(field(object, 'type'), `${where}.type`)
  switch (type) {
    case 'ByteLevel': // moves offsets, never ids
      return plainProcessor
    case 'TemplateProcessing':
      return readTemplate(object, where)
    case 'Sequence': {
      const items = asArray(field(object, 'processors'), `${where}.processors`)
      return items
        .map((item, i) => readPostProcessor(item, `${where}.processors[${i}]`))
        .reduce(compose, plainProcessor)
    }
  }
  throw unsupported(where, `the post-processor ${type}`, supported)
}

// The second template is laid around the texts as the first one left them.
function compose(inner: PostProcessor, outer: PostProcessor): PostProcessor {
  if (inner === plainProcessor) return outer
  if (outer === plainProcessor) return inner
  const innerPair = inner.pair
  const cut = innerPair.indexOf('B')
  const around = (part: TemplatePart): readonly TemplatePart[] => {
    if (typeof part === 'object') return [part]
    return part === 'A' ? innerPair.slice(0, cut) : innerPair.slice(cut)
  }
  return {
    single: outer.single.flatMap((part) => (part === 'A' ? inner.single : [part])),
    pair: outer.pair.flatMap(around),
  }
}

function readTemplate(object: JsonObject, where: string): PostProcessor {
  const specials = asObject(field(object, 'special_tokens') ?? {}, `${where}.special_tokens`)
  const read = (key: 'single' | 'pair'): readonly TemplatePart[] => {
    const pieces = asArray(field(object, key), `${where}.${key}`)
    return pieces.map((piece, i) => readPiece(piece, specials, `${where}.${key}[${i}]`))
  }
  const single = read('single')
  const pair = read('pair')
  if (single.includes('B') || !single.includes('A')) {
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${where}.single: must use sequence A and no other; got ${show(single)}.`,
    )
  }
  if (!pair.includes('A') || !pair.includes('B')) {
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${where}.pair: must use the sequences A and B; got ${show(pair)}.`,
    )
  }
  return { single, pair }
}

function readPiece(value: unknown, specials: JsonObject, where: string): TemplatePart {
  const piece = asObject(value, where)
  const sequence = field(piece, 'Sequence')
  if (sequence !== undefined) {
    const id = field(asObject(sequence, `${where}.Sequence`), 'id')
    if (id === 'A' || id === 'B') return id
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${where}.Sequence.id: must be A or B; got ${show(id)}.`,
    )
  }
  const special = asObject(field(piece, 'SpecialToken'), `${where}.SpecialToken`)
  const name = asString(field(special, 'id'), `${where}.SpecialToken.id`)
  const known = field(specials, name)
  if (known === undefined) {
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${where}: must name one of special_tokens; got ${show(name)}.`,
    )
  }
  const token = asObject(known, `special_tokens[${show(name)}]`)
  const ids = asArray(field(token, 'ids'), `special_tokens[${show(name)}].ids`)
  const tokens = asArray(field(token, 'tokens') ?? [], `special_tokens[${show(name)}].tokens`)
  if (ids.length !== tokens.length) {
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `special_tokens[${show(name)}]: must have as many ids as tokens; got ${ids.length} and ${tokens.length}.`,
    )
  }
  return ids.map((id, i) => asId(id, `special_tokens[${show(name)}].ids[${i}]`))
}

/** Lays a template around the ids of one or two texts. */
export function applyTemplate(
  parts: readonly TemplatePart[],
  first: readonly number[],
  second: readonly number[],
): number[] {
  const ids: number[] = []
  for (const part of parts) {
    for (const id of part === 'A' ? first : part === 'B' ? second : part) ids.push(id)
  }
  return ids
}

/** How many ids a template adds. */
export function templateSize(parts: readonly TemplatePart[]): number {
  return parts.reduce((total, part) => total + (typeof part === 'object' ? part.length : 0), 0)
}
