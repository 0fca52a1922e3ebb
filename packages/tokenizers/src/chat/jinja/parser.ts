import { ExpressionParser } from './expression-parser.ts'
import { tokenize } from './lexer.ts'
import type { Expression, MacroNode, Statement, Target } from './nodes.ts'
import { describe, TokenStream } from './token-stream.ts'
import type { TokenizerError } from '../../errors.ts'

type Tag = (line: number) => Statement

/** The statements of a template. Throws ERR_TEMPLATE_SYNTAX. */
export function parseTemplate(template: string): readonly Statement[] {
  return new Parser(new TokenStream(tokenize(template))).template()
}

class Parser {
  readonly #stream: TokenStream
  readonly #expressions: ExpressionParser
  /** Names of the tags around the current place. */
  readonly #open: string[] = []
  /** What ends the bodies around the current place. */
  readonly #ends: (readonly string[])[] = []
  /** Loops around the current place, within its macro and in all. */
  #loops = 0
  #allLoops = 0

  constructor(stream: TokenStream) {
    this.#stream = stream
    this.#expressions = new ExpressionParser(stream)
  }

  template(): Statement[] {
    return this.#statements(undefined)
  }

  readonly #tags: ReadonlyMap<string, Tag> = new Map<string, Tag>([
    ['if', (line) => this.#if(line)],
    ['for', (line) => this.#for(line)],
    ['set', (line) => this.#set(line)],
    ['macro', (line) => this.#macro(line)],
    ['call', (line) => this.#callBlock(line)],
    ['filter', (line) => this.#filterBlock(line)],
    ['with', (line) => this.#with(line)],
    ['autoescape', (line) => this.#autoescape(line)],
    ['block', (line) => this.#block(line)],
    ['print', (line) => this.#print(line)],
    ['generation', (line) => this.#generation(line)],
    ['break', (line) => this.#jump('break', line)],
    ['continue', (line) => this.#jump('continue', line)],
    ['include', (line) => this.#load(line)],
    ['extends', (line) => this.#load(line)],
    ['import', (line) => this.#load(line)],
    ['from', (line) => this.#load(line)],
  ])

  /** Statements up to a tag of `ends`, which is not taken, or to the end of the template. */
  #statements(ends: readonly string[] | undefined): Statement[] {
    const stream = this.#stream
    const body: Statement[] = []
    if (ends) this.#ends.push(ends)
    for (;;) {
      const { type, text, line } = stream.current
      if (type === 'eof') {
        if (ends) throw this.#unknownTag(undefined)
        return body
      }
      stream.take()
      if (type === 'data') body.push({ type: 'data', text, line })
      else if (type === 'variable_begin') {
        body.push({ type: 'print', value: this.#expressions.tuple(), line })
        stream.expect('variable_end')
      } else {
        if (ends?.some((end) => stream.isName(end))) {
          this.#ends.pop()
          return body
        }
        body.push(this.#expressions.nested(() => this.#statement()))
        stream.expect('block_end')
      }
    }
  }

  #statement(): Statement {
    const token = this.#stream.current
    if (token.type !== 'name') throw this.#stream.fault('tag name expected')
    const tag = this.#tags.get(token.text)
    if (!tag) throw this.#unknownTag(token.text)
    this.#open.push(token.text)
    const { line } = this.#stream.take()
    const statement = tag(line)
    this.#open.pop()
    return statement
  }

  #unknownTag(name: string | undefined): TokenizerError {
    const expected = this.#ends.at(-1)?.map((end) => `'${end}'`)
    const innermost = this.#open.at(-1)
    const nested = name !== undefined && this.#ends.some((ends) => ends.includes(name))
    const parts = [
      name === undefined ? 'Unexpected end of template.' : `Encountered unknown tag '${name}'.`,
      expected &&
        (nested
          ? 'You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for '
          : 'Jinja was looking for the following tags: ') + `${expected.join(' or ')}.`,
      innermost && `The innermost block that needs to be closed is '${innermost}'.`,
    ]
    return this.#stream.fault(parts.filter(Boolean).join(' '))
  }

  /** The body of a tag, up to one of `ends`, which stays. */
  #body(...ends: string[]): Statement[] {
    this.#stream.skipOperator(':')
    this.#stream.expect('block_end')
    return this.#statements(ends)
  }

  /** The body of a tag with its end tag. */
  #closedBody(end: string): Statement[] {
    const body = this.#body(end)
    this.#stream.take()
    return body
  }

  #if(line: number): Statement {
    const branches: [Expression, Statement[]][] = []
    let otherwise: Statement[] = []
    for (;;) {
      const test = this.#expressions.tuple({ conditional: false })
      branches.push([test, this.#body('elif', 'else', 'endif')])
      const { text } = this.#stream.take()
      if (text === 'elif') continue
      if (text === 'else') otherwise = this.#closedBody('endif')
      return { type: 'if', branches, otherwise, line }
    }
  }

  #for(line: number): Statement {
    const stream = this.#stream
    // Nothing within a loop may replace its `loop`, its own target included.
    this.#allLoops++
    const target = this.#target(() => stream.isName('in'))
    stream.expectName('in')
    this.#allLoops--
    const items = this.#expressions.tuple({
      conditional: false,
      ends: () => stream.isName('recursive'),
    })
    const test = stream.skipName('if') ? this.#expressions.expression() : undefined
    const recursive = stream.skipName('recursive')
    this.#loops++
    this.#allLoops++
    const body = this.#body('endfor', 'else')
    this.#loops--
    this.#allLoops--
    const otherwise = stream.take().text === 'else' ? this.#closedBody('endfor') : []
    return { type: 'for', target, items, test, recursive, body, otherwise, line }
  }

  #jump(type: 'break' | 'continue', line: number): Statement {
    if (this.#loops === 0) throw this.#stream.fault(`'${type}' outside loop`, line)
    return { type, line }
  }

  #set(line: number): Statement {
    const target = this.#target(undefined, true)
    if (this.#stream.skipOperator('=')) {
      return { type: 'set', target, value: this.#expressions.tuple(), line }
    }
    const filter = this.#stream.isOperator('|') ? this.#expressions.filters(undefined) : undefined
    return { type: 'set block', target, filter, body: this.#closedBody('endset'), line }
  }

  /** Names, in parentheses and with commas between perhaps; with `attributes`, those of namespaces as well. */
  #target(ends?: () => boolean, attributes = false): Target {
    const stream = this.#stream
    const items: Target[] = []
    let isTuple = false
    for (;;) {
      if (items.length > 0) stream.expectOperator(',')
      const { type } = stream.current
      const isEnd = type === 'variable_end' || type === 'block_end' || stream.isOperator(')')
      if (isEnd || ends?.()) break
      items.push(this.#targetItem(attributes))
      if (!stream.isOperator(',')) break
      isTuple = true
    }
    if (!isTuple && items[0]) return items[0]
    if (items.length > 0) return { type: 'tuple', items }
    throw stream.fault(`Expected an expression, got '${describe(stream.current)}'`)
  }

  #targetItem(attributes: boolean): Target {
    const stream = this.#stream
    if (stream.skipOperator('(')) {
      const target = this.#expressions.nested(() => this.#target(undefined, attributes))
      stream.expectOperator(')')
      return target
    }
    const { type, text, line } = stream.current
    if (type !== 'name') throw stream.fault(`can't assign to '${describe(stream.current)}'`)
    if (/^(?:true|false|none)$/i.test(text)) throw stream.fault("can't assign to 'const'", line)
    stream.take()
    if (attributes && stream.skipOperator('.')) {
      return { type: 'attribute', of: text, name: stream.expect('name').text }
    }
    if (text === 'loop' && this.#allLoops > 0) {
      throw stream.fault("Can't assign to special loop variable in for-loop target", line)
    }
    return { type: 'name', name: text }
  }

  /** The parameters and the body of a macro or a call block. */
  #function(
    name: string | undefined,
    parameters: MacroNode['parameters'],
    end: string,
    read: Set<string>,
  ): MacroNode {
    const loops = this.#loops
    this.#loops = 0
    this.#expressions.namesRead.push(read)
    const body = this.#closedBody(end)
    this.#expressions.namesRead.pop()
    this.#loops = loops
    const own = new Set(parameters.map((parameter) => parameter.name))
    const caller = read.has('caller')
    if (caller && parameters.some((p) => p.name === 'caller' && p.fallback === undefined)) {
      throw this.#stream.fault(
        'When defining macros or call blocks the special "caller" argument must be omitted or be given a default.',
      )
    }
    return {
      name,
      parameters,
      body,
      reads: {
        caller,
        kwargs: read.has('kwargs') && !own.has('kwargs'),
        varargs: read.has('varargs') && !own.has('varargs'),
      },
    }
  }

  #parameters(): MacroNode['parameters'] {
    const stream = this.#stream
    const parameters: { name: string; fallback: Expression | undefined }[] = []
    stream.expectOperator('(')
    while (!stream.isOperator(')')) {
      if (parameters.length > 0) stream.expectOperator(',')
      const name = stream.expect('name').text
      if (parameters.some((other) => other.name === name)) {
        throw stream.fault(`duplicate argument '${name}' in function definition`)
      }
      const fallback = stream.skipOperator('=') ? this.#expressions.expression() : undefined
      if (!fallback && parameters.at(-1)?.fallback) {
        throw stream.fault('non-default argument follows default argument')
      }
      parameters.push({ name, fallback })
    }
    stream.expectOperator(')')
    return parameters
  }

  #macro(line: number): Statement {
    const name = this.#stream.expect('name').text
    const macro = this.#function(name, this.#parameters(), 'endmacro', new Set())
    return { type: 'macro', macro, line }
  }

  #callBlock(line: number): Statement {
    const parameters = this.#stream.isOperator('(') ? this.#parameters() : []
    const call = this.#expressions.expression()
    if (call.type !== 'call') throw this.#stream.fault('expected call', line)
    const macro = this.#function(undefined, parameters, 'endcall', new Set())
    return { type: 'call block', macro, call, line }
  }

  #filterBlock(line: number): Statement {
    const filter = this.#expressions.filters(undefined, true)
    return { type: 'filter block', filter, body: this.#closedBody('endfilter'), line }
  }

  #with(line: number): Statement {
    const stream = this.#stream
    const assignments: [Target, Expression][] = []
    while (stream.current.type !== 'block_end' && !stream.isOperator(':')) {
      if (assignments.length > 0) stream.expectOperator(',')
      const target = this.#target()
      stream.expectOperator('=')
      assignments.push([target, this.#expressions.expression()])
    }
    return { type: 'with', assignments, body: this.#closedBody('endwith'), line }
  }

  #autoescape(line: number): Statement {
    const on = this.#expressions.expression()
    return { type: 'autoescape', on, body: this.#closedBody('endautoescape'), line }
  }

  #generation(line: number): Statement {
    const loops = this.#loops
    this.#loops = 0
    const body = this.#closedBody('endgeneration')
    this.#loops = loops
    return { type: 'generation', body, line }
  }

  #block(line: number): Statement {
    const stream = this.#stream
    const name = stream.expect('name').text
    const scoped = stream.skipName('scoped')
    const required = stream.skipName('required')
    const loops = this.#loops
    this.#loops = 0
    const body = this.#closedBody('endblock')
    this.#loops = loops
    stream.skipName(name)
    const isEmpty = body.every((part) => part.type === 'data' && part.text.trim() === '')
    if (required && !isEmpty) {
      throw stream.fault('Required blocks can only contain comments or whitespace', line)
    }
    return { type: 'block', name, scoped, required, body, line }
  }

  #print(line: number): Statement {
    const stream = this.#stream
    const parts: Expression[] = []
    while (stream.current.type !== 'block_end') {
      if (parts.length > 0) stream.expectOperator(',')
      parts.push(this.#expressions.expression())
    }
    return { type: 'print', value: { type: 'concat', parts, line }, line }
  }

  // The rest of such a tag is of no interest: there is nothing to load from.
  #load(line: number): Statement {
    this.#expressions.expression()
    while (!['block_end', 'eof'].includes(this.#stream.current.type)) this.#stream.take()
    return { type: 'load', line }
  }
}
