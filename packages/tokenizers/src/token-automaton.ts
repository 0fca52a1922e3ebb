// Aho and Corasick's automaton over the tokens read backwards. Run over a text from its end to its start it knows, at
// each position, the longest token that begins there: one step for each character, where a trie may have to walk the
// length of a token from every position.
import type { TrieMatch } from './token-trie.ts'

interface State {
  readonly next: Map<number, State>
  /** The state of the longest proper suffix that is one. */
  fail: State | undefined
  /** The longest token that ends here, by its id and length; -1 for none. */
  id: number
  length: number
}

const newState = (): State => ({ next: new Map(), fail: undefined, id: -1, length: 0 })

/** Finds tokens in a text in time linear in the text. */
export class TokenAutomaton {
  readonly #root = newState()

  constructor(tokens: Iterable<readonly [content: string, id: number]>) {
    for (const [content, id] of tokens) {
      let state = this.#root
      for (let i = content.length - 1; i >= 0; i--) {
        const code = content.charCodeAt(i)
        let next = state.next.get(code)
        if (!next) {
          next = newState()
          state.next.set(code, next)
        }
        state = next
      }
      state.id = id
      state.length = content.length
    }
    this.#link()
  }

  #link(): void {
    const queue = [this.#root]
    for (let head = 0; head < queue.length; head++) {
      const state = queue[head]!
      for (const [code, child] of state.next) {
        let fail = state.fail
        while (fail && !fail.next.has(code)) fail = fail.fail
        child.fail = fail?.next.get(code) ?? this.#root
        if (child.id < 0) {
          child.id = child.fail.id
          child.length = child.fail.length
        }
        queue.push(child)
      }
    }
  }

  /** The leftmost tokens from `from` on, each the longest that begins there, none overlapping another. */
  findAll(text: string, from: number): TrieMatch[] {
    const found: TrieMatch[] = []
    let state = this.#root
    for (let start = text.length - 1; start >= from; start--) {
      const code = text.charCodeAt(start)
      let next = state.next.get(code)
      while (!next && state.fail) {
        state = state.fail
        next = state.next.get(code)
      }
      state = next ?? this.#root
      if (state.id >= 0) found.push({ start, end: start + state.length, id: state.id })
    }
    const matches: TrieMatch[] = []
    let done = from
    for (let i = found.length - 1; i >= 0; i--) {
      const match = found[i]!
      if (match.start < done) continue
      matches.push(match)
      done = match.end
    }
    return matches
  }
}
