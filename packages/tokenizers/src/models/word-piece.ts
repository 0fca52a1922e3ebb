import { countField, field, malformed, stringField, type JsonObject } from '../json.ts'
import { tokenizeByteCharacters } from './byte-pieces.ts'
import type { Model, Tokens } from './model.ts'
import { PrefixTrie } from './prefix-trie.ts'
import { readVocabulary, type Vocabulary } from './vocabulary.ts'
import { WordCache } from './word-cache.ts'
import { missingUnk, readUnkToken, vocabularyObject } from './word-level.ts'

/** What a WordPiece model is made of; see `readWordPiece`. */
export interface WordPieceParts {
  readonly vocabulary: Vocabulary
  readonly unkToken: string
  readonly continuingSubwordPrefix: string
  /** Longer words, in characters, are unknown. */
  readonly maxInputCharsPerWord: number
}

/** BERT's model: from the left the longest token, and all of the word is unknown when there is none. */
export class WordPiece implements Model {
  readonly kind = 'WordPiece'
  readonly #parts: WordPieceParts
  readonly #trie = new PrefixTrie()
  readonly #cache = new WordCache()
  // Where the search for a token behind the first begins: behind the prefix.
  readonly #inside: number
  readonly #unkId: number | undefined

  constructor(parts: WordPieceParts, where = 'WordPiece') {
    this.#parts = parts
    for (const [token, id] of parts.vocabulary.entries()) this.#trie.add(token, id, where)
    this.#inside = this.#trie.find(parts.continuingSubwordPrefix)
    this.#unkId = parts.vocabulary.idOf(parts.unkToken)
  }

  get size(): number {
    return this.#parts.vocabulary.size
  }

  idOf(token: string): number | undefined {
    return this.#parts.vocabulary.idOf(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#parts.vocabulary.tokenOf(id)
  }

  tokenize(text: string, start: number, end: number, out: Tokens): void {
    if (out.spans) this.#word(text, start, end, out)
    else if (!this.#cache.copy(text, start, end, out.ids)) {
      const from = out.ids.length
      this.#word(text, start, end, out)
      this.#cache.add(text, start, end, out.ids, from)
    }
  }

  #word(text: string, start: number, end: number, out: Tokens): void {
    const { ids, spans } = out
    const idsBefore = ids.length
    const spansBefore = spans?.length ?? 0
    if (!this.#isTooLong(text, start, end) && this.#pieces(text, start, end, out)) return
    if (this.#unkId === undefined) throw missingUnk('WordPiece', this.#parts.unkToken)
    ids.length = idsBefore
    ids.push(this.#unkId)
    if (!spans) return
    spans.length = spansBefore
    spans.push(0, end - start)
  }

  tokenizeBytes(text: string, start: number, end: number, out: Tokens): void {
    tokenizeByteCharacters(this, text, start, end, out)
  }

  entries(): Iterable<readonly [token: string, id: number]> {
    return this.#parts.vocabulary.entries()
  }

  toJSON(): unknown {
    const { vocabulary, unkToken, continuingSubwordPrefix, maxInputCharsPerWord } = this.#parts
    return {
      type: 'WordPiece',
      unk_token: unkToken,
      continuing_subword_prefix: continuingSubwordPrefix,
      max_input_chars_per_word: maxInputCharsPerWord,
      vocab: vocabularyObject(vocabulary),
    }
  }

  #isTooLong(text: string, start: number, end: number): boolean {
    const limit = this.#parts.maxInputCharsPerWord
    if (end - start <= limit) return false
    if (end - start > 2 * limit) return true
    let characters = 0
    for (let i = start; i < end; i++) {
      const unit = text.charCodeAt(i)
      if (unit < 0xdc00 || unit > 0xdfff) characters++
    }
    return characters > limit
  }

  /** Appends the tokens of a word; false when a part of it has none. */
  #pieces(text: string, start: number, end: number, { ids, spans }: Tokens): boolean {
    const trie = this.#trie
    let node = trie.root
    for (let from = start; from < end; node = this.#inside) {
      let id = -1
      let to = from
      for (let i = from; i < end && node >= 0; i++) {
        node = trie.step(node, text.charCodeAt(i))
        if (node < 0) break
        const value = trie.valueAt(node)
        if (value >= 0) {
          id = value
          to = i + 1
        }
      }
      if (id < 0) return false
      ids.push(id)
      spans?.push(from - start, to - start)
      from = to
    }
    return true
  }
}

/** Builds a WordPiece model from the `model` object of a tokenizer.json. */
export function readWordPiece(object: JsonObject, where: string): WordPiece {
  const prefix = stringField(object, 'continuing_subword_prefix', where)
  if (prefix === undefined)
    throw malformed(`${where}.continuing_subword_prefix`, 'a string', prefix)
  const vocabulary = readVocabulary(field(object, 'vocab'), `${where}.vocab`)
  return new WordPiece(
    {
      vocabulary,
      unkToken: readUnkToken(object, where),
      continuingSubwordPrefix: prefix,
      maxInputCharsPerWord: countField(object, 'max_input_chars_per_word', where),
    },
    `${where}.vocab`,
  )
}
