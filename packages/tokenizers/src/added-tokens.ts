import {
  addedTokenJson,
  isSameToken,
  plainToken,
  readAddedToken,
  type AddedToken,
} from './added-token.ts'
import { TokenizerError } from './errors.ts'
import { asArray, asId, asObject, field, isId } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Model } from './models/model.ts'
import type { Normalizer } from './normalizers/normalizer.ts'
import { TokenTrie } from './token-trie.ts'
import { isWordAt, isWordBefore, skipSpace, skipSpaceBack } from './unicode.ts'

const MAX_TOKENS = 2 ** 18

/** A stretch of text, with the id of the added token that was found there. */
export interface Section {
  readonly start: number
  readonly end: number
  readonly id?: number
}

/** The added tokens of one tokenizer, with the ids the reference gives them. */
export class AddedTokens {
  readonly #model: Model
  readonly #normalizer: Normalizer | undefined
  readonly #ids = new Map<string, number>()
  readonly #tokens = new Map<number, AddedToken>()
  readonly #special = new Set<string>()
  readonly #written = new Map<number, string>()
  #highest = -1
  #revision = 0
  #raw: TokenTrie | undefined
  #normalized: TokenTrie | undefined

  constructor(model: Model, normalizer: Normalizer | undefined) {
    this.#model = model
    this.#normalizer = normalizer
  }

  /** Adds tokens; one that is there already takes the new settings. Returns how many were new or changed. */
  add(tokens: readonly AddedToken[]): number {
    let count = 0
    let next = this.#nextId()
    for (const token of tokens) {
      if (token.content === '') continue
      const known = this.#ids.get(token.content)
      if (known !== undefined && isSameToken(this.#tokens.get(known), token)) continue
      count++
      if (token.special) this.#special.add(token.content)
      const id = this.idOf(token.content) ?? next++
      this.#ids.set(token.content, id)
      this.#tokens.set(id, token)
      this.#highest = Math.max(this.#highest, id)
    }
    if (this.#tokens.size > MAX_TOKENS) {
      throw new TokenizerError(
        'ERR_TOKENIZER_LIMIT',
        `added_tokens: may hold ${MAX_TOKENS} tokens at most; got ${this.#tokens.size}.`,
      )
    }
    if (count > 0) {
      this.#raw = this.#normalized = undefined
      this.#revision++
    }
    return count
  }

  /** A number that grows with every change. */
  get revision(): number {
    return this.#revision
  }

  /** The id that a token gets which the vocabulary does not have. */
  #nextId(): number {
    const { size } = this.#model
    return this.#highest >= size ? this.#highest + 1 : size
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token) ?? this.#model.idOf(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#tokens.get(id)?.content ?? this.#model.tokenOf(id)
  }

  /** The token as decoding sees it: one that is looked for in normalized text is written as it is there. */
  writtenAs(id: number): string | undefined {
    this.#build()
    return this.#written.get(id) ?? this.#model.tokenOf(id)
  }

  /** The added token with this id. */
  get(id: number): AddedToken | undefined {
    return this.#tokens.get(id)
  }

  isSpecial(token: string): boolean {
    return this.#special.has(token)
  }

  /** Ids and settings of all added tokens. */
  entries(): IterableIterator<[number, AddedToken]> {
    return this.#tokens.entries()
  }

  /** Number of tokens in the whole vocabulary. */
  get size(): number {
    let added = 0
    for (const content of this.#ids.keys()) if (this.#model.idOf(content) === undefined) added++
    return this.#model.size + added
  }

  /** Cuts at tokens that are looked for in the text as it was given. */
  splitRaw(text: string, skipSpecial: boolean): readonly Section[] {
    this.#build()
    return this.#split(text, this.#raw!, skipSpecial)
  }

  /** Cuts at tokens that are looked for in the normalized text. */
  splitNormalized(text: string, skipSpecial: boolean): readonly Section[] {
    this.#build()
    return this.#split(text, this.#normalized!, skipSpecial)
  }

  #build(): void {
    if (this.#raw) return
    this.#raw = new TokenTrie()
    this.#normalized = new TokenTrie()
    for (const [id, { content, normalized }] of this.#tokens) {
      const written = normalized && this.#normalizer ? this.#normalizer.normalize(content) : content
      this.#written.set(id, written)
      if (normalized) this.#normalized.add(written, id)
      else this.#raw.add(content, id)
    }
  }

  #split(text: string, trie: TokenTrie, skipSpecial: boolean): readonly Section[] {
    const matches = trie.findAll(text)
    if (matches.length === 0) return [{ start: 0, end: text.length }]
    const sections: Section[] = []
    let done = 0
    // The run of white space that the last token took along: not walked through for every token that begins in it.
    let spaceEnd = 0
    for (const match of matches) {
      const token = this.#tokens.get(match.id)!
      let { start, end } = match
      if (skipSpecial && this.#special.has(token.content)) continue
      if (token.singleWord) {
        const startsInWord = start > 0 && isWordBefore(text, start)
        const endsInWord = end < text.length && isWordAt(text, end)
        if (startsInWord || endsInWord) continue
      }
      if (token.lstrip) start = Math.max(skipSpaceBack(text, start, done), done)
      if (token.rstrip) {
        if (end >= spaceEnd) spaceEnd = skipSpace(text, end)
        end = spaceEnd
      }
      // What one token took along another cannot have.
      end = Math.max(start, end)
      if (done < start) sections.push({ start: done, end: start })
      sections.push({ start, end, id: match.id })
      done = end
    }
    if (done < text.length) sections.push({ start: done, end: text.length })
    return sections
  }

  /** The `added_tokens` of a tokenizer.json. */
  toJSON(): unknown {
    const entries = [...this.#tokens].sort(([a], [b]) => a - b)
    return entries.map(([id, token]) => addedTokenJson(id, token))
  }
}

/** Reads the `added_tokens` list of a tokenizer.json. Ids follow the vocabulary, as in the reference. */
export function readAddedTokens(value: unknown, model: Model, where: string): AddedToken[] {
  if (value === undefined || value === null) return []
  const list = asArray(value, where)
  if (list.length > MAX_TOKENS) {
    throw new TokenizerError(
      'ERR_TOKENIZER_LIMIT',
      `${where}: may hold ${MAX_TOKENS} tokens at most; got ${list.length}.`,
    )
  }
  const contents = new Map<number, string>()
  return list.map((item, i) => {
    // Some files have thousands: where nothing is wrong, nobody needs to know where.
    const plain = plainToken(item)
    const object = plain ? (item as JsonObject) : asObject(item, `${where}[${i}]`)
    const token = plain ?? readAddedToken(object, `${where}[${i}]`)
    const id = isId(object.id) ? object.id : asId(field(object, 'id'), `${where}[${i}].id`)
    const owner = contents.get(id) ?? model.tokenOf(id)
    if (owner !== undefined && owner !== token.content) {
      throw new TokenizerError(
        'ERR_TOKENIZER_ID_RANGE',
        `${where}[${i}]: every token needs an id of its own; got ${id} for ${JSON.stringify(token.content)} ` +
          `and ${JSON.stringify(owner)}.`,
        { details: { id, tokens: [owner, token.content] } },
      )
    }
    contents.set(id, token.content)
    return token
  })
}
