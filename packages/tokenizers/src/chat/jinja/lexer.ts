// Cuts a template into tokens as Jinja does with trim_blocks, lstrip_blocks and keep_trailing_newline=False, the
// settings of chat templates.
import { isSpace, SPACE } from './python-text.ts'
import { readString } from './string-literal.ts'
import { templateFault } from './template-fault.ts'
import { Float, toInt, type Value } from './values.ts'

export type TokenType =
  | 'data'
  | 'variable_begin'
  | 'variable_end'
  | 'block_begin'
  | 'block_end'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'operator'
  | 'eof'

/** One token; `text` is what tells tokens of a type apart, `value` that of a literal. */
export interface Token {
  readonly type: TokenType
  readonly text: string
  readonly value: Value
  readonly line: number
}

const operators = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y
const space = new RegExp(`[${SPACE}]+`, 'y')
const float = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[-+]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy
const integer = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy
const name = /[\p{L}\p{N}_]+/uy
const rawBegin = new RegExp(`\\{%([-+]?)[${SPACE}]*raw[${SPACE}]*(?:-%\\}[${SPACE}]*|%\\})`, 'y')
const rawEnd = new RegExp(
  `\\{%([-+]?)[${SPACE}]*endraw[${SPACE}]*(?:\\+%\\}|-%\\}[${SPACE}]*|%\\}\\n?)`,
  'g',
)
const closing: { readonly [open: string]: string } = { '(': ')', '[': ']', '{': '}' }

/** The tokens of a template. Throws ERR_TEMPLATE_SYNTAX. */
export function tokenize(template: string): Token[] {
  return new Lexer(template).run()
}

class Lexer {
  readonly #source: string
  readonly #tokens: Token[] = []
  #at = 0
  #line = 1
  /** True where nothing but line ends lie between the last tag and here. */
  #lineStarting = true

  constructor(template: string) {
    this.#source = template.replaceAll(/\r\n?/g, '\n').replace(/\n$/, '')
  }

  run(): Token[] {
    const source = this.#source
    const tag = /\{[{%#]/g
    while (this.#at < source.length) {
      tag.lastIndex = this.#at
      const match = tag.exec(source)
      if (!match) {
        this.#push('data', source.slice(this.#at))
        this.#at = source.length
        break
      }
      this.#tag(match.index, match[0])
    }
    this.#push('eof', '')
    return this.#tokens
  }

  #tag(start: number, opening: string): void {
    const source = this.#source
    const raw = opening === '{%' ? matchAt(rawBegin, source, start) : undefined
    const sign = raw ? raw[1]! : (/[-+]/.exec(source[start + 2] ?? '')?.[0] ?? '')
    this.#data(start, sign, opening)
    if (raw) {
      this.#skip(raw[0].length)
      this.#raw()
      return
    }
    this.#skip(2 + sign.length)
    if (opening === '{#') this.#comment()
    else this.#expressions(opening === '{%' ? 'block' : 'variable')
  }

  /** The text before a tag, without the white space that the tag takes. */
  #data(end: number, sign: string, opening: string): void {
    let text = this.#source.slice(this.#at, end)
    if (sign === '-') text = trimEnd(text)
    else if (sign !== '+' && opening !== '{{') {
      const line = text.lastIndexOf('\n') + 1
      if ((line > 0 || this.#lineStarting) && isBlank(text, line)) text = text.slice(0, line)
    }
    if (text !== '') this.#push('data', text)
    this.#skip(end - this.#at)
  }

  #comment(): void {
    const end = this.#source.indexOf('#}', this.#at)
    if (this.#at >= this.#source.length) return
    if (end < 0) throw this.#fault('Missing end of comment tag')
    const sign = end > this.#at ? this.#source[end - 1]! : ''
    this.#skip(end + 2 - this.#at)
    if (sign === '-') this.#skipSpace()
    else if (sign !== '+' && this.#source[this.#at] === '\n') this.#skip(1)
    this.#markLineStart()
  }

  #raw(): void {
    if (this.#at >= this.#source.length) return
    rawEnd.lastIndex = this.#at
    const match = rawEnd.exec(this.#source)
    if (!match) throw this.#fault('Missing end of raw directive')
    this.#markLineStart()
    this.#data(match.index, match[1]!, '{%')
    this.#skip(match[0].length)
    this.#markLineStart()
  }

  #expressions(kind: 'block' | 'variable'): void {
    const source = this.#source
    this.#push(`${kind}_begin`, '')
    const open: string[] = []
    for (;;) {
      if (open.length === 0 && this.#end(kind)) return
      if (this.#at >= source.length) return
      const blank = matchAt(space, source, this.#at)
      if (blank) this.#skip(blank[0].length)
      else this.#expressionToken(open)
    }
  }

  /** Reads the end of a tag, if it is here. */
  #end(kind: 'block' | 'variable'): boolean {
    const brace = kind === 'block' ? '%}' : '}}'
    const sign = /[-+]/.exec(this.#source[this.#at] ?? '')?.[0] ?? ''
    if (sign === '+' && kind === 'variable') return false
    if (!this.#source.startsWith(brace, this.#at + sign.length)) return false
    this.#push(`${kind}_end`, '')
    this.#skip(sign.length + 2)
    if (sign === '-') this.#skipSpace()
    else if (sign === '' && kind === 'block' && this.#source[this.#at] === '\n') this.#skip(1)
    this.#markLineStart()
    return true
  }

  #expressionToken(open: string[]): void {
    const source = this.#source
    const at = this.#at
    const number = source[at - 1] === '.' ? undefined : matchAt(float, source, at)
    if (number) {
      this.#push('float', number[0], new Float(Number(number[0].replaceAll('_', ''))))
      return this.#skip(number[0].length)
    }
    const whole = matchAt(integer, source, at)
    if (whole) {
      this.#push('integer', whole[0], toInt(BigInt(whole[0].replaceAll('_', ''))))
      return this.#skip(whole[0].length)
    }
    const word = matchAt(name, source, at)
    if (word) {
      if (!/^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(word[0])) {
        throw this.#fault('Invalid character in identifier')
      }
      this.#push('name', word[0])
      return this.#skip(word[0].length)
    }
    const literal = readString(source, at)
    if (literal) {
      if (literal.value === undefined) throw this.#fault('malformed escape in a string')
      this.#push('string', '', literal.value)
      return this.#skip(literal.length)
    }
    const operator = matchAt(operators, source, at)?.[0]
    if (operator === undefined) {
      const c = String.fromCodePoint(source.codePointAt(at)!)
      throw this.#fault(`unexpected char '${c}' at ${at}`)
    }
    const close = closing[operator]
    if (close !== undefined) open.push(close)
    else if (operator === ')' || operator === ']' || operator === '}') {
      const expected = open.pop()
      if (expected === undefined) throw this.#fault(`unexpected '${operator}'`)
      if (expected !== operator) {
        throw this.#fault(`unexpected '${operator}', expected '${expected}'`)
      }
    }
    this.#push('operator', operator)
    this.#skip(operator.length)
  }

  #push(type: TokenType, text: string, value: Value = null): void {
    this.#tokens.push({ type, text, value, line: this.#line })
  }

  #skip(length: number): void {
    const end = this.#at + length
    for (let i = this.#source.indexOf('\n', this.#at); i >= 0 && i < end; ) {
      this.#line++
      i = this.#source.indexOf('\n', i + 1)
    }
    this.#at = end
  }

  #skipSpace(): void {
    let end = this.#at
    while (end < this.#source.length && isSpace(this.#source[end]!)) end++
    this.#skip(end - this.#at)
  }

  #markLineStart(): void {
    this.#lineStarting = this.#source[this.#at - 1] === '\n'
  }

  #fault(message: string) {
    return templateFault('TemplateSyntaxError', message, this.#line)
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(text[end - 1]!)) end--
  return text.slice(0, end)
}

function isBlank(text: string, start: number): boolean {
  for (let i = start; i < text.length; i++) if (!isSpace(text[i]!)) return false
  return true
}
