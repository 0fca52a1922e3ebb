import type { AddedTokens } from '../added-tokens.ts'
import type { Normalizer } from '../normalizers/normalizer.ts'
import { TokenTrie } from '../token-trie.ts'

/** Finds in a text where control tokens are, or where text beside it could complete one. */
export class ControlTokens {
  readonly ids = new Set<number>()
  /** Tokens that are looked for in normalized text, as they are there. */
  readonly normalized: string[] = []
  readonly #trie = new TokenTrie()
  readonly #prefixes = new Set<string>()
  readonly #suffixes = new Set<string>()
  #longest = 0

  add(id: number, content: string, normalizer: Normalizer | undefined): void {
    const folded = fold(content)
    this.ids.add(id)
    this.#trie.add(folded, id)
    for (let size = 1; size < folded.length; size++) {
      this.#prefixes.add(folded.slice(0, size))
      this.#suffixes.add(folded.slice(-size))
    }
    this.#longest = Math.max(this.#longest, folded.length)
    if (normalizer) this.normalized.push(normalizer.normalize(content))
  }

  /** Positions of characters without which no control token can come of `text`, whatever is put beside it. */
  find(text: string): Set<number> {
    const marked = new Set<number>()
    const folded = fold(text)
    for (let match = this.#trie.find(folded, 0); match; ) {
      marked.add(match.start)
      match = this.#trie.find(folded, match.start + 1)
    }
    // A role or another plain name is no end of a token, and templates compare it.
    if (/^[\w-]*$/.test(text)) return marked
    for (let size = Math.min(this.#longest - 1, text.length); size > 0; size--) {
      if (this.#prefixes.has(folded.slice(-size))) marked.add(text.length - size)
      if (this.#suffixes.has(folded.slice(0, size))) marked.add(size - 1)
    }
    return marked
  }
}

/** The control tokens of everyone's text, and those that the assistant's text may not hold either. */
export interface ControlTokenSets {
  readonly all: ControlTokens
  readonly special: ControlTokens
}

/**
 * Control tokens are the special ones, and those other added tokens that the template writes itself
 * (`<think>`, `<tool_call>`): what the assistant said holds those legitimately.
 */
export function controlTokensOf(
  template: string,
  addedTokens: AddedTokens,
  normalizer: Normalizer | undefined,
): ControlTokenSets {
  const all = new ControlTokens()
  const special = new ControlTokens()
  for (const [id, token] of addedTokens.entries()) {
    const isSpecial = token.special || addedTokens.isSpecial(token.content)
    // Runs of spaces or line ends are ordinary text in a template.
    const isWritten = token.content.trim() !== '' && template.includes(token.content)
    if (!isSpecial && !isWritten) continue
    const form = token.normalized ? normalizer : undefined
    all.add(id, token.content, form)
    if (isSpecial) special.add(id, token.content, form)
  }
  return { all, special }
}

/** Lower case, unless that would move characters; templates may change case. */
function fold(text: string): string {
  const lower = text.toLowerCase()
  return lower.length === text.length ? lower : text
}
