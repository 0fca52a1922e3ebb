import { TokenAutomaton } from './token-automaton.ts'

interface Node {
  id: number
  next: Map<number, Node> | undefined
}

/** Where a token was found. */
export interface TrieMatch {
  readonly start: number
  readonly end: number
  readonly id: number
}

// Steps per code unit after which a text is taken for one made to be slow.
const PATIENCE = 8

/** Finds the leftmost token in a text, the longest of those that begin there. */
export class TokenTrie {
  readonly #root: Node = { id: -1, next: undefined }
  // Which code units begin a token: most of a text is passed over by this table alone.
  readonly #begins = new Uint8Array(65_536)
  readonly #tokens = new Map<string, number>()
  // The one unit that all tokens begin with; undefined when there are others.
  #onlyBegin: string | undefined
  #automaton: TokenAutomaton | undefined
  #steps = 0

  add(content: string, id: number): void {
    if (content === '') return
    this.#tokens.set(content, id)
    this.#automaton = undefined
    this.#begins[content.charCodeAt(0)] = 1
    const begin = content[0]!
    this.#onlyBegin = this.#tokens.size === 1 || this.#onlyBegin === begin ? begin : undefined
    let node = this.#root
    for (let i = 0; i < content.length; i++) {
      node.next ??= new Map()
      let child = node.next.get(content.charCodeAt(i))
      if (!child) {
        child = { id: -1, next: undefined }
        node.next.set(content.charCodeAt(i), child)
      }
      node = child
    }
    node.id = id
  }

  /** The first match from `from` on. */
  find(text: string, from: number): TrieMatch | undefined {
    if (!this.#root.next) return undefined
    const begins = this.#begins
    for (let start = from; start < text.length; start++) {
      if (begins[text.charCodeAt(start)] === 0) continue
      const match = this.#longestAt(text, start)
      if (match) return match
    }
    return undefined
  }

  /** All matches from left to right, none overlapping another; linear in the text, whatever the tokens are. */
  findAll(text: string): readonly TrieMatch[] {
    if (!this.#root.next) return none
    const begins = this.#begins
    // Where all tokens begin with the same unit, the engine looks for it much faster.
    const only = this.#onlyBegin
    const matches: TrieMatch[] = []
    this.#steps = 0
    for (let start = 0; start < text.length; start++) {
      if (only !== undefined) {
        start = text.indexOf(only, start)
        if (start < 0) break
      } else if (begins[text.charCodeAt(start)] === 0) continue
      const match = this.#longestAt(text, start)
      if (match) {
        matches.push(match)
        start = match.end - 1
      }
      if (this.#steps > PATIENCE * (start + 256)) {
        this.#automaton ??= new TokenAutomaton(this.#tokens)
        for (const found of this.#automaton.findAll(text, start + 1)) matches.push(found)
        break
      }
    }
    return matches
  }

  #longestAt(text: string, start: number): TrieMatch | undefined {
    let node: Node | undefined = this.#root
    let id = -1
    let end = start
    let i = start
    for (; i < text.length; i++) {
      node = node.next?.get(text.charCodeAt(i))
      if (!node) break
      if (node.id >= 0) {
        id = node.id
        end = i + 1
      }
    }
    this.#steps += i - start
    return id < 0 ? undefined : { start, end, id }
  }
}

const none: readonly TrieMatch[] = []
