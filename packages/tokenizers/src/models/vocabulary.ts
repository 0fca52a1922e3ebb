import { TokenizerError } from '../errors.ts'
import { asId, asObject, asString } from '../json.ts'

/** Tokens and their ids, one to one. */
export class Vocabulary {
  readonly #ids: Map<string, number>
  readonly #tokens: (string | undefined)[]

  constructor(ids: Map<string, number>, tokens: (string | undefined)[]) {
    this.#ids = ids
    this.#tokens = tokens
  }

  get size(): number {
    return this.#ids.size
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#tokens[id]
  }

  entries(): IterableIterator<[string, number]> {
    return this.#ids.entries()
  }
}

/** Reads the `vocab` object of a model; ids may have gaps but neither repeat nor exceed 2^24. */
export function readVocabulary(value: unknown, where: string): Vocabulary {
  const object = asObject(value, where)
  const ids = new Map<string, number>()
  // With gaps a plain array turns into a hash by itself, so a huge id costs no memory.
  const tokens: (string | undefined)[] = []
  for (const token of Object.keys(object)) {
    const id = asId(object[token], `${where}[${JSON.stringify(token)}]`)
    if (tokens[id] !== undefined) {
      throw new TokenizerError(
        'ERR_TOKENIZER_ID_RANGE',
        `${where}: every token needs an id of its own; got ${id} for ${JSON.stringify(tokens[id])} and ` +
          `${JSON.stringify(token)}.`,
        { details: { id, tokens: [tokens[id], token] } },
      )
    }
    asString(token, `${where}: a token`)
    tokens[id] = token
    ids.set(token, id)
  }
  return new Vocabulary(ids, tokens)
}
