import { show, TokenizerError } from '../errors.ts'
import { field, malformed, stringField, type JsonObject } from '../json.ts'
import { tokenizeByteCharacters } from './byte-pieces.ts'
import type { Model, Tokens } from './model.ts'
import { readVocabulary, type Vocabulary } from './vocabulary.ts'

/** One token for each piece: its own or the unknown one. */
export class WordLevel implements Model {
  readonly kind = 'WordLevel'
  readonly #vocabulary: Vocabulary
  readonly #unkToken: string
  readonly #unkId: number | undefined

  constructor(vocabulary: Vocabulary, unkToken: string) {
    this.#vocabulary = vocabulary
    this.#unkToken = unkToken
    this.#unkId = vocabulary.idOf(unkToken)
  }

  get size(): number {
    return this.#vocabulary.size
  }

  idOf(token: string): number | undefined {
    return this.#vocabulary.idOf(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#vocabulary.tokenOf(id)
  }

  tokenize(text: string, start: number, end: number, out: Tokens): void {
    const id = this.#vocabulary.idOf(text.slice(start, end)) ?? this.#unkId
    if (id === undefined) throw missingUnk('WordLevel', this.#unkToken)
    out.ids.push(id)
    out.spans?.push(0, end - start)
  }

  tokenizeBytes(text: string, start: number, end: number, out: Tokens): void {
    tokenizeByteCharacters(this, text, start, end, out)
  }

  entries(): Iterable<readonly [token: string, id: number]> {
    return this.#vocabulary.entries()
  }

  toJSON(): unknown {
    return {
      type: 'WordLevel',
      vocab: vocabularyObject(this.#vocabulary),
      unk_token: this.#unkToken,
    }
  }
}

/** Builds a WordLevel model from the `model` object of a tokenizer.json. */
export function readWordLevel(object: JsonObject, where: string): WordLevel {
  const vocabulary = readVocabulary(field(object, 'vocab'), `${where}.vocab`)
  return new WordLevel(vocabulary, readUnkToken(object, where))
}

/** The `unk_token` of a model that cannot be without; it need not be in the vocabulary until a text needs it. */
export function readUnkToken(object: JsonObject, where: string): string {
  const token = stringField(object, 'unk_token', where)
  if (token === undefined) throw malformed(`${where}.unk_token`, 'a string', token)
  return token
}

/** The error for a text that needs the unknown token of a vocabulary without it. */
export function missingUnk(kind: string, unkToken: string): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_FORMAT',
    `${kind}: unk_token must be in the vocabulary when a piece of text is not; got ${show(unkToken)}.`,
  )
}

/** The `vocab` object of a tokenizer.json, in the order of ids. */
export function vocabularyObject(vocabulary: Vocabulary): Record<string, number> {
  return Object.fromEntries([...vocabulary.entries()].sort(([, a], [, b]) => a - b))
}
