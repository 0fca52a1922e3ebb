import type { Operator } from './arithmetic.ts'
import type { Arguments, Comparison, Expression, SliceNode } from './nodes.ts'
import { describe, type TokenStream } from './token-stream.ts'

/** Python's own compiler gives up at 200 brackets. */
const MAX_NESTING = 200

const constants = new Map<string, boolean | null>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
])
const comparisons = new Set(['==', '!=', '<', '<=', '>', '>='])
const additive = new Set(['+', '-'])
const multiplicative = new Set(['*', '/', '//', '%'])

/** Reads expressions from a stream of tokens, by Jinja's precedence. */
export class ExpressionParser {
  readonly stream: TokenStream
  /** For each macro around the current place, the names that it reads. */
  readonly namesRead: Set<string>[] = []
  #nesting = 0

  constructor(stream: TokenStream) {
    this.stream = stream
  }

  /** Reads one expression; `conditional` allows `a if b else c`. */
  expression(conditional = true): Expression {
    return this.nested(() => (conditional ? this.#conditional() : this.#or()))
  }

  /** Runs `body` one level deeper. Throws ERR_TEMPLATE_SYNTAX when that is too deep. */
  nested<Result>(body: () => Result): Result {
    if (++this.#nesting > MAX_NESTING) throw this.#tooDeep()
    const result = body()
    this.#nesting--
    return result
  }

  #tooDeep() {
    return this.stream.fault(`nests deeper than ${MAX_NESTING} levels`)
  }

  /**
   * Reads one expression, or several with commas between as a tuple. `ends` tells where a tuple ends beside the end of
   * the tag; with `explicit` (in parentheses) it may be empty.
   */
  tuple({
    conditional = true,
    explicit = false,
    ends,
  }: {
    conditional?: boolean
    explicit?: boolean
    ends?: () => boolean
  } = {}): Expression {
    const { line } = this.stream.current
    const items: Expression[] = []
    let isTuple = false
    for (;;) {
      if (items.length > 0) this.stream.expectOperator(',')
      if (this.#isTupleEnd() || ends?.()) break
      items.push(this.expression(conditional))
      if (!this.stream.isOperator(',')) break
      isTuple = true
    }
    if (!isTuple && items[0]) return items[0]
    if (!isTuple && !explicit) {
      throw this.stream.fault(`Expected an expression, got '${describe(this.stream.current)}'`)
    }
    return { type: 'tuple', items, line }
  }

  #isTupleEnd(): boolean {
    const { type } = this.stream.current
    return type === 'variable_end' || type === 'block_end' || this.stream.isOperator(')')
  }

  #conditional(): Expression {
    let result = this.#or()
    for (let { line } = this.stream.current; this.stream.skipName('if'); ) {
      const test = this.#or()
      const otherwise = this.stream.skipName('else') ? this.expression() : undefined
      result = { type: 'conditional', test, then: result, otherwise, line }
      line = this.stream.current.line
    }
    return result
  }

  /** Reads operands with operators of one precedence between. */
  #chain(
    operand: () => Expression,
    operator: () => boolean,
    combine: (left: Expression, right: Expression, operator: string, line: number) => Expression,
  ): Expression {
    let left = operand()
    for (let count = 0; operator(); count++) {
      if (count >= MAX_NESTING) throw this.#tooDeep()
      const { text, line } = this.stream.take()
      left = combine(left, operand(), text, line)
    }
    return left
  }

  #or(): Expression {
    return this.#chain(
      () => this.#and(),
      () => this.stream.isName('or'),
      (left, right, _, line) => ({ type: 'or', left, right, line }),
    )
  }

  #and(): Expression {
    return this.#chain(
      () => this.#not(),
      () => this.stream.isName('and'),
      (left, right, _, line) => ({ type: 'and', left, right, line }),
    )
  }

  #not(): Expression {
    const { line } = this.stream.current
    if (!this.stream.skipName('not')) return this.#compare()
    return this.nested(() => ({ type: 'not', of: this.#not(), line }))
  }

  #compare(): Expression {
    const { stream } = this
    const { line } = stream.current
    const left = this.#sum()
    const others: [Comparison, Expression][] = []
    for (;;) {
      if (stream.current.type === 'operator' && comparisons.has(stream.current.text)) {
        others.push([stream.take().text as Comparison, this.#sum()])
      } else if (stream.skipName('in')) others.push(['in', this.#sum()])
      else if (stream.isName('not') && stream.ahead.type === 'name' && stream.ahead.text === 'in') {
        stream.take()
        stream.take()
        others.push(['not in', this.#sum()])
      } else break
    }
    return others.length === 0 ? left : { type: 'compare', left, others, line }
  }

  #operation(operand: () => Expression, operators: ReadonlySet<string>): Expression {
    const { stream } = this
    return this.#chain(
      operand,
      () => stream.current.type === 'operator' && operators.has(stream.current.text),
      (left, right, text, line) => ({
        type: 'operation',
        operator: text as Operator,
        left,
        right,
        line,
      }),
    )
  }

  #sum(): Expression {
    return this.#operation(() => this.#concat(), additive)
  }

  #concat(): Expression {
    const { line } = this.stream.current
    const first = this.#product()
    if (!this.stream.isOperator('~')) return first
    const parts = [first]
    while (this.stream.skipOperator('~')) parts.push(this.#product())
    return { type: 'concat', parts, line }
  }

  #product(): Expression {
    return this.#operation(() => this.#power(), multiplicative)
  }

  #power(): Expression {
    return this.#operation(() => this.#unary(true), new Set(['**']))
  }

  #unary(withFilters: boolean): Expression {
    const { stream } = this
    const { line } = stream.current
    let node: Expression
    if (stream.isOperator('-') || stream.isOperator('+')) {
      const type = stream.take().text === '-' ? 'negative' : 'positive'
      node = this.nested(() => ({ type, of: this.#unary(false), line }))
    } else node = this.primary()
    node = this.#postfix(node)
    return withFilters ? this.#filtersAndTests(node) : node
  }

  /** Reads a name, a literal or something in brackets. */
  primary(): Expression {
    const { stream } = this
    const token = stream.current
    const { line } = token
    switch (token.type) {
      case 'name': {
        stream.take()
        const constant = constants.get(token.text)
        if (constant !== undefined) return { type: 'constant', value: constant, line }
        for (const names of this.namesRead) names.add(token.text)
        return { type: 'name', name: token.text, line }
      }
      case 'string': {
        let value = ''
        while (stream.current.type === 'string') value += stream.take().value as string
        return { type: 'constant', value, line }
      }
      case 'integer':
      case 'float':
        stream.take()
        return { type: 'constant', value: token.value, line }
      case 'operator':
        if (stream.skipOperator('(')) {
          const tuple = this.nested(() => this.tuple({ explicit: true }))
          stream.expectOperator(')')
          return tuple
        }
        if (stream.skipOperator('[')) return { type: 'list', items: this.#list(), line }
        if (stream.skipOperator('{')) return { type: 'dict', entries: this.#dict(), line }
    }
    throw stream.fault(`unexpected '${describe(token)}'`)
  }

  #list(): Expression[] {
    const items: Expression[] = []
    while (!this.stream.isOperator(']')) {
      if (items.length > 0) this.stream.expectOperator(',')
      if (this.stream.isOperator(']')) break
      items.push(this.expression())
    }
    this.stream.expectOperator(']')
    return items
  }

  #dict(): [Expression, Expression][] {
    const entries: [Expression, Expression][] = []
    while (!this.stream.isOperator('}')) {
      if (entries.length > 0) this.stream.expectOperator(',')
      if (this.stream.isOperator('}')) break
      const key = this.expression()
      this.stream.expectOperator(':')
      entries.push([key, this.expression()])
    }
    this.stream.expectOperator('}')
    return entries
  }

  #postfix(node: Expression): Expression {
    const { stream } = this
    let result = node
    for (let count = 0; ; count++) {
      if (count > MAX_NESTING) throw this.#tooDeep()
      if (stream.isOperator('.')) result = this.#attribute(result)
      else if (stream.isOperator('[')) result = this.#subscript(result)
      else if (stream.isOperator('(')) result = this.#call(result)
      else return result
    }
  }

  #filtersAndTests(node: Expression): Expression {
    const { stream } = this
    let result = node
    for (let count = 0; ; count++) {
      if (count > MAX_NESTING) throw this.#tooDeep()
      if (stream.isOperator('|')) result = this.filters(result)
      else if (stream.isName('is')) result = this.#test(result)
      else if (stream.isOperator('(')) result = this.#call(result)
      else return result
    }
  }

  #attribute(of: Expression): Expression {
    const { line } = this.stream.take()
    const token = this.stream.take()
    if (token.type === 'name') return { type: 'attribute', of, name: token.text, line }
    if (token.type !== 'integer') {
      throw this.stream.fault('expected name or number', token.line)
    }
    return { type: 'item', of, key: { type: 'constant', value: token.value, line }, line }
  }

  #subscript(of: Expression): Expression {
    const { line } = this.stream.take()
    const keys: (Expression | SliceNode)[] = []
    while (!this.stream.isOperator(']')) {
      if (keys.length > 0) this.stream.expectOperator(',')
      keys.push(this.#subscribed())
    }
    this.stream.expectOperator(']')
    const [key] = keys
    if (keys.length === 1 && key) return { type: 'item', of, key, line }
    const items = keys.filter((item): item is Expression => item.type !== 'slice')
    if (items.length < keys.length) throw this.stream.fault('a slice must stand alone', line)
    return { type: 'item', of, key: { type: 'tuple', items, line }, line }
  }

  #subscribed(): Expression | SliceNode {
    const { stream } = this
    const start = stream.isOperator(':') ? undefined : this.expression()
    if (start && !stream.isOperator(':')) return start
    stream.take()
    const part = () =>
      [':', ']', ','].some((end) => stream.isOperator(end)) ? undefined : this.expression()
    const stop = part()
    const step = stream.skipOperator(':') ? part() : undefined
    return { type: 'slice', start, stop, step }
  }

  #call(callee: Expression): Expression {
    const { line } = this.stream.current
    return { type: 'call', callee, args: this.nested(() => this.#arguments()), line }
  }

  #arguments(): Arguments {
    const { stream } = this
    const { line } = stream.expectOperator('(')
    const positional: Expression[] = []
    const named: [string, Expression][] = []
    let rest: Expression | undefined
    let namedRest: Expression | undefined
    const require = (holds: boolean) => {
      if (!holds) throw stream.fault('invalid syntax for function call expression', line)
    }
    for (let first = true; !stream.isOperator(')'); first = false) {
      if (!first) {
        stream.expectOperator(',')
        if (stream.isOperator(')')) break
      }
      if (stream.skipOperator('*')) {
        require(!rest && !namedRest)
        rest = this.expression()
      } else if (stream.skipOperator('**')) {
        require(!namedRest)
        namedRest = this.expression()
      } else if (stream.current.type === 'name' && isAssign(stream)) {
        require(!namedRest)
        const name = stream.take().text
        stream.take()
        if (named.some(([other]) => other === name)) {
          throw stream.fault(`keyword argument repeated: ${name}`, line)
        }
        named.push([name, this.expression()])
      } else {
        require(!rest && !namedRest && named.length === 0)
        positional.push(this.expression())
      }
    }
    stream.expectOperator(')')
    return { positional, named, rest, namedRest }
  }

  #dottedName(): string {
    let name = this.stream.expect('name').text
    while (this.stream.skipOperator('.')) name += `.${this.stream.expect('name').text}`
    return name
  }

  /** Reads `|filter`s behind a value; `inline` means that the first name has no bar before it. */
  filters(of: Expression | undefined, inline = false): Expression {
    const { stream } = this
    let result = of
    for (let first = inline; first || stream.isOperator('|'); first = false) {
      if (!first) stream.take()
      const { line } = stream.current
      const name = this.#dottedName()
      const args = stream.isOperator('(') ? this.nested(() => this.#arguments()) : noArguments
      result = { type: 'filter', name, of: result, args, line }
    }
    return result!
  }

  #test(of: Expression): Expression {
    const { stream } = this
    const { line } = stream.take()
    const negated = stream.skipName('not')
    const name = this.#dottedName()
    let args = noArguments
    if (stream.isOperator('(')) args = this.nested(() => this.#arguments())
    else if (startsOperand(stream)) {
      if (stream.isName('is')) throw stream.fault('You cannot chain multiple tests with is')
      args = { ...noArguments, positional: [this.nested(() => this.#postfix(this.primary()))] }
    }
    const test: Expression = { type: 'test', name, of, args, line }
    return negated ? { type: 'not', of: test, line } : test
  }
}

const noArguments: Arguments = { positional: [], named: [], rest: undefined, namedRest: undefined }

const isAssign = ({ ahead }: TokenStream) => ahead.type === 'operator' && ahead.text === '='

/** True where the operand of a test without parentheses begins. */
function startsOperand(stream: TokenStream): boolean {
  const { type, text } = stream.current
  if (type === 'name') return text !== 'else' && text !== 'or' && text !== 'and'
  if (type === 'operator') return text === '[' || text === '{'
  return type === 'string' || type === 'integer' || type === 'float'
}
