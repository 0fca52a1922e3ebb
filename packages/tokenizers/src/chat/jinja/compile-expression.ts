// Makes functions of expressions, so that nothing is looked up in the tree while a template runs.
import { operate, operateUnary } from './arithmetic.ts'
import { getAttribute, getItem } from './attributes.ts'
import { isEqual, isIn, isOrdered } from './compare.ts'
import { Dict } from './dict.ts'
import { escapeHtml } from './escape-html.ts'
import { filterOf } from './filters.ts'
import { testOf } from './is-tests.ts'
import { isTrue, toList } from './iterate.ts'
import type { Arguments, Comparison, Expression, SliceNode } from './nodes.ts'
import { callValue, requireText } from './parameters.ts'
import type { Render } from './render.ts'
import { toText } from './represent.ts'
import type { Scope } from './scope.ts'
import { takeSlice } from './subscript.ts'
import { templateFault, withLine } from './template-fault.ts'
import {
  Markup,
  noKeywords,
  Tuple,
  typeName,
  Undefined,
  type Keywords,
  type Value,
} from './values.ts'

/** An expression that can be computed. */
export type Evaluate = (render: Render, scope: Scope) => Value

/**
 * The function of an expression. `soft` is true inside of conditions: filters and tests that do not exist are errors
 * only when they are met there, and errors of the template as a whole elsewhere.
 */
export function compileExpression(node: Expression, soft: boolean): Evaluate {
  const evaluate = compileNode(node, soft)
  const { line } = node
  return (render, scope) => {
    render.budget.spend(1)
    try {
      return evaluate(render, scope)
    } catch (error) {
      throw withLine(error, line)
    }
  }
}

function compileNode(node: Expression, soft: boolean): Evaluate {
  switch (node.type) {
    case 'constant': {
      const { value } = node
      return () => value
    }
    case 'name': {
      const { name } = node
      const missing = new Undefined(`'${name}' is undefined`)
      return (_render, scope) => {
        const value = scope.get(name)
        return value === undefined ? missing : value
      }
    }
    case 'tuple': {
      const items = node.items.map((item) => compileNode(item, soft))
      return (render, scope) => {
        render.budget.items(items.length)
        return new Tuple(items.map((item) => item(render, scope)))
      }
    }
    case 'list': {
      const items = node.items.map((item) => compileNode(item, soft))
      return (render, scope) => {
        render.budget.items(items.length)
        return items.map((item) => item(render, scope))
      }
    }
    case 'dict':
      return compileDict(node.entries, soft)
    case 'attribute': {
      const of = compileNode(node.of, soft)
      const { name } = node
      return (render, scope) => {
        render.budget.spend(1)
        return getAttribute(render, of(render, scope), name)
      }
    }
    case 'item': {
      const of = compileNode(node.of, soft)
      if (node.key.type === 'slice') return compileSlice(of, node.key, soft)
      const key = compileNode(node.key, soft)
      return (render, scope) => {
        render.budget.spend(1)
        return getItem(render, of(render, scope), key(render, scope))
      }
    }
    case 'call': {
      const callee = compileNode(node.callee, soft)
      const args = compileArguments(node.args, soft)
      return (render, scope) => {
        const called = callee(render, scope)
        const [positional, named] = args(render, scope)
        if (called instanceof Undefined) throw called.fault()
        render.budget.spend(1)
        return callValue(render, called, positional, named)
      }
    }
    case 'filter':
    case 'test': {
      const of = compileNode(node.of!, soft)
      return compileNamed(node.type, node.name, of, node.args, soft, node.line)
    }
    case 'not': {
      const of = compileNode(node.of, soft)
      return (render, scope) => {
        render.budget.spend(1)
        return !isTrue(render, of(render, scope))
      }
    }
    case 'negative':
    case 'positive': {
      const of = compileNode(node.of, soft)
      const operator = node.type === 'negative' ? '-' : '+'
      return (render, scope) => {
        render.budget.spend(1)
        return operateUnary(render, operator, of(render, scope))
      }
    }
    case 'operation': {
      const left = compileNode(node.left, soft)
      const right = compileNode(node.right, soft)
      const { operator } = node
      return (render, scope) => {
        render.budget.spend(1)
        return operate(render, operator, left(render, scope), right(render, scope))
      }
    }
    case 'and':
    case 'or': {
      const left = compileNode(node.left, soft)
      const right = compileNode(node.right, soft)
      const goesOn = node.type === 'and'
      return (render, scope) => {
        render.budget.spend(1)
        const value = left(render, scope)
        return isTrue(render, value) === goesOn ? right(render, scope) : value
      }
    }
    case 'concat':
      return compileConcat(node.parts.map((part) => compileNode(part, soft)))
    case 'compare':
      return compileCompare(node.left, node.others, soft)
    case 'conditional': {
      const test = compileNode(node.test, true)
      const then = compileNode(node.then, true)
      const otherwise = node.otherwise && compileNode(node.otherwise, true)
      const message = `the inline if-expression on line ${node.line} evaluated to false and no else section was defined.`
      return (render, scope) => {
        render.budget.spend(1)
        if (isTrue(render, test(render, scope))) return then(render, scope)
        return otherwise ? otherwise(render, scope) : new Undefined(message)
      }
    }
  }
}

function compileDict(
  entries: readonly (readonly [Expression, Expression])[],
  soft: boolean,
): Evaluate {
  const pairs = entries.map(
    ([key, value]) => [compileNode(key, soft), compileNode(value, soft)] as const,
  )
  return (render, scope) => {
    render.budget.items(pairs.length)
    const dict = new Dict()
    for (const [key, value] of pairs) dict.set(key(render, scope), value(render, scope))
    return dict
  }
}

function compileSlice(of: Evaluate, slice: SliceNode, soft: boolean): Evaluate {
  const [start, stop, step] = [slice.start, slice.stop, slice.step].map((part) =>
    part ? compileNode(part, soft) : () => null,
  )
  return (render, scope) => {
    const value = of(render, scope)
    const bounds = {
      start: start!(render, scope),
      stop: stop!(render, scope),
      step: step!(render, scope),
    }
    if (value instanceof Undefined) throw value.fault()
    return takeSlice(render, value, bounds)
  }
}

type EvaluateArguments = (
  render: Render,
  scope: Scope,
) => readonly [positional: readonly Value[], named: Keywords]

/** The function of the arguments between parentheses. */
export function compileArguments(args: Arguments, soft: boolean): EvaluateArguments {
  const positional = args.positional.map((arg) => compileNode(arg, soft))
  const named = args.named.map(([name, value]) => [name, compileNode(value, soft)] as const)
  const rest = args.rest && compileNode(args.rest, soft)
  const namedRest = args.namedRest && compileNode(args.namedRest, soft)
  if (named.length === 0 && !rest && !namedRest) {
    return (render, scope) => {
      if (positional.length > 0) render.budget.spend(positional.length)
      return [positional.map((arg) => arg(render, scope)), noKeywords]
    }
  }
  return (render, scope) => {
    render.budget.spend(positional.length + named.length)
    const values = positional.map((arg) => arg(render, scope))
    const keywords = new Map<string, Value>()
    for (const [name, value] of named) keywords.set(name, value(render, scope))
    if (rest) values.push(...toList(render, rest(render, scope)))
    if (namedRest) {
      const mapping = namedRest(render, scope)
      if (!(mapping instanceof Dict)) {
        throw templateFault(
          'TypeError',
          `argument after ** must be a mapping, not ${typeName(mapping)}`,
        )
      }
      for (const [key, value] of mapping.entries()) {
        const name = requireText(key, 'keywords')
        if (keywords.has(name)) {
          throw templateFault('TypeError', `got multiple values for keyword argument '${name}'`)
        }
        keywords.set(name, value)
      }
    }
    return [values, keywords]
  }
}

/** What a template can name behind `|` and behind `is`. */
const namedOf = { filter: filterOf, test: testOf }

/** The function of a filter or a test on what `of` gives. */
export function compileNamed(
  kind: keyof typeof namedOf,
  name: string,
  of: Evaluate,
  args: Arguments,
  soft: boolean,
  line: number,
): Evaluate {
  const called = namedOf[kind](name)
  if (!called) return unknown(kind, name, soft, line)
  const values = compileArguments(args, soft)
  return (render, scope) => {
    const value = of(render, scope)
    const [positional, named] = values(render, scope)
    render.budget.spend(1)
    return called(render, value, positional, named)
  }
}

function unknown(kind: string, name: string, soft: boolean, line: number): Evaluate {
  const message = `No ${kind} named '${name}'.`
  if (!soft) throw templateFault('TemplateAssertionError', message, line)
  return () => {
    throw templateFault('TemplateRuntimeError', message, line)
  }
}

function compileConcat(parts: readonly Evaluate[]): Evaluate {
  return (render, scope) => {
    render.budget.spend(parts.length)
    const values = parts.map((part) => part(render, scope))
    const escape = render.autoescape && values.some((value) => value instanceof Markup)
    let result = ''
    for (const value of values) {
      const text = escape ? escapeHtml(render, value) : toText(render, value)
      render.budget.text(result.length + text.length)
      result += text
    }
    return escape ? new Markup(result) : result
  }
}

function compileCompare(
  left: Expression,
  others: readonly (readonly [Comparison, Expression])[],
  soft: boolean,
): Evaluate {
  const first = compileNode(left, soft)
  const rest = others.map(([operator, value]) => [operator, compileNode(value, soft)] as const)
  return (render, scope) => {
    let value = first(render, scope)
    for (const [operator, next] of rest) {
      render.budget.spend(1)
      const other = next(render, scope)
      if (!compare(render, operator, value, other)) return false
      value = other
    }
    return true
  }
}

function compare(render: Render, operator: Comparison, a: Value, b: Value): boolean {
  switch (operator) {
    case '==':
      return isEqual(render, a, b)
    case '!=':
      return !isEqual(render, a, b)
    case 'in':
      return isIn(render, a, b)
    case 'not in':
      return !isIn(render, a, b)
    default:
      return isOrdered(render, operator, a, b)
  }
}
