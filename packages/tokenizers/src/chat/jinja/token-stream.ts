import type { TokenizerError } from '../../errors.ts'
import type { Token, TokenType } from './lexer.ts'
import { templateFault } from './template-fault.ts'

/** The tokens of a template, read from the front. */
export class TokenStream {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get current(): Token {
    return this.#tokens[this.#at]!
  }

  get ahead(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)]!
  }

  /** Takes the current token. */
  take(): Token {
    const { current } = this
    if (current.type !== 'eof') this.#at++
    return current
  }

  /** True when the current token is the name or the operator `text`. */
  isName(text: string): boolean {
    return this.current.type === 'name' && this.current.text === text
  }

  isOperator(text: string): boolean {
    return this.current.type === 'operator' && this.current.text === text
  }

  /** Takes the current token if it is that name, or that operator. */
  skipName(text: string): boolean {
    const found = this.isName(text)
    if (found) this.#at++
    return found
  }

  skipOperator(text: string): boolean {
    const found = this.isOperator(text)
    if (found) this.#at++
    return found
  }

  /** Takes a token that must be of a type. */
  expect(type: TokenType): Token {
    if (this.current.type === type) return this.take()
    throw this.unexpected(describeType(type))
  }

  expectOperator(text: string): Token {
    if (this.isOperator(text)) return this.take()
    throw this.unexpected(`'${text}'`)
  }

  expectName(text: string): Token {
    if (this.isName(text)) return this.take()
    throw this.unexpected(`'${text}'`)
  }

  /** The error for a current token that is not what is `expected`. */
  unexpected(expected: string): TokenizerError {
    if (this.current.type === 'eof') {
      return this.fault(`unexpected end of template, expected ${expected}.`)
    }
    return this.fault(`expected token ${expected}, got '${describe(this.current)}'`)
  }

  fault(message: string, line = this.current.line): TokenizerError {
    return templateFault('TemplateSyntaxError', message, line)
  }
}

const types: { readonly [Type in TokenType]?: string } = {
  block_end: "'end of statement block'",
  variable_end: "'end of print statement'",
  eof: "'end of template'",
}

const describeType = (type: TokenType) => types[type] ?? `'${type}'`

/** A token as messages show it. */
export const describe = (token: Token): string =>
  token.text || (types[token.type]?.replaceAll("'", '') ?? token.type)
