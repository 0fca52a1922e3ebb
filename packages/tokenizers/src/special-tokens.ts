import type { AddedToken } from './added-token.ts'
import { show, TokenizerError } from './errors.ts'

/** A token to add: its text, or its text with the rules by which it is found. */
export type TokenInput = string | (Pick<AddedToken, 'content'> & Partial<AddedToken>)

/** Special tokens by name: `bos`, `eos`, `unk`, `sep`, `pad`, `cls`, `mask` and what else a model names. */
export type SpecialTokens = Readonly<Partial<Record<string, string>>>

/** The names that every tokenizer may use, in the order in which special tokens are listed. */
export const specialNames = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const

/** What `addSpecialTokens` takes: `{ padToken: '<pad>', extraSpecialTokens: ['<tool>'] }`. */
export type SpecialTokenInputs = {
  readonly [Name in `${(typeof specialNames)[number]}Token`]?: TokenInput | undefined
} & {
  /** Special tokens without a name. */
  readonly extraSpecialTokens?: readonly TokenInput[] | undefined
  /** Names of the model's own, such as `imageToken`. */
  readonly [name: `${string}Token`]: TokenInput | undefined
}

/**
 * The special tokens that have a name, and those that have none. Naming a token does not add it to the vocabulary;
 * `addSpecialTokens` does both.
 */
export abstract class NamedTokens {
  readonly #named = new Map<string, string>()
  #extra: readonly string[] = []

  constructor(named: SpecialTokens, extra: readonly string[]) {
    const own = Object.keys(named).filter((name) => !specialNames.some((known) => known === name))
    for (const name of [...specialNames, ...own]) {
      const token = Object.hasOwn(named, name) ? named[name] : undefined
      if (token !== undefined) this.#named.set(name, token)
    }
    this.#extra = [...extra]
  }

  /** The id of a token as it is written in the vocabulary. */
  abstract tokenToId(token: string): number | undefined

  get bosToken(): string | undefined {
    return this.#named.get('bos')
  }
  set bosToken(token: string | undefined) {
    this.#name('bos', token)
  }
  get eosToken(): string | undefined {
    return this.#named.get('eos')
  }
  set eosToken(token: string | undefined) {
    this.#name('eos', token)
  }
  get unkToken(): string | undefined {
    return this.#named.get('unk')
  }
  set unkToken(token: string | undefined) {
    this.#name('unk', token)
  }
  get sepToken(): string | undefined {
    return this.#named.get('sep')
  }
  set sepToken(token: string | undefined) {
    this.#name('sep', token)
  }
  get padToken(): string | undefined {
    return this.#named.get('pad')
  }
  set padToken(token: string | undefined) {
    this.#name('pad', token)
  }
  get clsToken(): string | undefined {
    return this.#named.get('cls')
  }
  set clsToken(token: string | undefined) {
    this.#name('cls', token)
  }
  get maskToken(): string | undefined {
    return this.#named.get('mask')
  }
  set maskToken(token: string | undefined) {
    this.#name('mask', token)
  }

  get bosTokenId(): number | undefined {
    return this.#idOf('bos')
  }
  get eosTokenId(): number | undefined {
    return this.#idOf('eos')
  }
  get unkTokenId(): number | undefined {
    return this.#idOf('unk')
  }
  get sepTokenId(): number | undefined {
    return this.#idOf('sep')
  }
  get padTokenId(): number | undefined {
    return this.#idOf('pad')
  }
  get clsTokenId(): number | undefined {
    return this.#idOf('cls')
  }
  get maskTokenId(): number | undefined {
    return this.#idOf('mask')
  }

  /** Special tokens without a name. */
  get extraSpecialTokens(): readonly string[] {
    return this.#extra
  }
  set extraSpecialTokens(tokens: readonly string[]) {
    if (!Array.isArray(tokens)) throw notTokens('extraSpecialTokens', tokens)
    this.#extra = tokens.map((token) => requireToken(token, 'extraSpecialTokens'))
  }

  /** Special tokens by name; those with a name of the model's own (`image`) included. */
  get specialTokens(): SpecialTokens {
    return Object.fromEntries(this.#inOrder())
  }

  /** All special tokens, each once: those with a name first. */
  get allSpecialTokens(): string[] {
    return [...new Set([...this.#inOrder().map(([, token]) => token), ...this.#extra])]
  }

  /** Ids of `allSpecialTokens`; tokens that are not in the vocabulary have none and are left out. */
  get allSpecialIds(): number[] {
    const ids = this.allSpecialTokens.map((token) => this.tokenToId(token))
    return ids.filter((id) => id !== undefined)
  }

  /** True for a token that is one of `allSpecialTokens`. */
  protected isNamed(token: string): boolean {
    for (const named of this.#named.values()) if (named === token) return true
    return this.#extra.includes(token)
  }

  /** Gives tokens their names, without touching the vocabulary; returns them with their text. */
  protected nameTokens(given: SpecialTokenInputs, replaceExtra: boolean): readonly AddedToken[] {
    const plain = (token: TokenInput, where: string) => readTokenInput(token, true, where)
    const { extraSpecialTokens, ...others } = given
    const named = Object.entries(others)
      .filter(([, token]) => token !== undefined)
      .map(
        ([key, token]) => [this.#nameOf(key), plain(token!, `addSpecialTokens: ${key}`)] as const,
      )
    if (extraSpecialTokens !== undefined && !Array.isArray(extraSpecialTokens)) {
      throw notTokens('addSpecialTokens: extraSpecialTokens', extraSpecialTokens)
    }
    const extra = (extraSpecialTokens ?? [])
      .map((token, i) => plain(token, `addSpecialTokens: extraSpecialTokens[${i}]`))
      .filter(({ content }) => replaceExtra || !this.#extra.includes(content))
    for (const [name, { content }] of named) this.#named.set(name, content)
    if (extra.length > 0) {
      const kept = replaceExtra ? [] : this.#extra
      this.#extra = [...kept, ...extra.map(({ content }) => content)]
    }
    return [...named.map(([, token]) => token), ...extra]
  }

  #nameOf(key: string): string {
    const name = /^(.+)Token$/.exec(key)?.[1]?.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)
    if (name !== undefined && (isStandard(name) || this.#named.has(name))) return name
    const known = [...specialNames, ...this.#named.keys()].map((known) => `${camel(known)}Token`)
    throw new TokenizerError(
      'ERR_TOKENIZER_OPTION',
      `addSpecialTokens: keys must be ${[...new Set(known)].join(', ')} or extraSpecialTokens; got ${show(key)}.`,
    )
  }

  #name(name: string, token: string | undefined): void {
    if (token === undefined) this.#named.delete(name)
    else this.#named.set(name, requireToken(token, `${name}Token`))
  }

  #idOf(name: string): number | undefined {
    const token = this.#named.get(name)
    return token === undefined ? undefined : this.tokenToId(token)
  }

  #inOrder(): [string, string][] {
    const own = [...this.#named.keys()].filter((name) => !isStandard(name))
    return [...specialNames, ...own].flatMap((name) => {
      const token = this.#named.get(name)
      return token === undefined ? [] : [[name, token] as [string, string]]
    })
  }
}

/** The token to add, with the rules that its kind has when nothing else is said. */
export function readTokenInput(token: TokenInput, special: boolean, where: string): AddedToken {
  const given: Partial<AddedToken> =
    typeof token === 'object' && token !== null ? token : { content: token }
  const isSpecial = special || (given.special ?? false)
  const { singleWord = false, lstrip = false, rstrip = false, normalized = !isSpecial } = given
  const flags = { singleWord, lstrip, rstrip, normalized }
  for (const [key, value] of Object.entries(flags)) {
    if (typeof value === 'boolean') continue
    throw new TokenizerError(
      'ERR_TOKENIZER_INPUT',
      `${where}: ${key} must be true or false; got ${show(value)}.`,
    )
  }
  return { content: requireToken(given.content, where), ...flags, special: isSpecial }
}

const isStandard = (name: string): boolean => specialNames.some((known) => known === name)
const camel = (name: string) => name.replaceAll(/_(\w)/g, (_, c: string) => c.toUpperCase())

function requireToken(token: unknown, where: string): string {
  if (typeof token === 'string' && token !== '') return token
  throw notTokens(where, token)
}

function notTokens(where: string, got: unknown): TokenizerError {
  const rule = where.endsWith('s') ? 'a list of tokens' : 'the text of a token'
  return new TokenizerError('ERR_TOKENIZER_INPUT', `${where}: must be ${rule}; got ${show(got)}.`)
}
