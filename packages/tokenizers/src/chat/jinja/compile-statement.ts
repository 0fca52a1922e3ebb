// Makes functions of statements.
import { assign, requireNamespaces } from './assign.ts'
import {
  compileArguments,
  compileExpression,
  compileNamed,
  type Evaluate,
} from './compile-expression.ts'
import { compileLoop } from './compile-loop.ts'
import { escapeHtml } from './escape-html.ts'
import { isTrue } from './iterate.ts'
import { Macro, type MacroDefinition } from './macro.ts'
import type { Expression, MacroNode, Statement } from './nodes.ts'
import { callValue } from './parameters.ts'
import type { Render } from './render.ts'
import { toText } from './represent.ts'
import { Scope } from './scope.ts'
import { templateFault, withLine } from './template-fault.ts'
import { Callable, Markup, TemplateObject, type Value } from './values.ts'

/** How a statement ended, unless it just did. */
export type Jump = 'break' | 'continue' | undefined

/** A statement that can be run. */
export type Execute = (render: Render, scope: Scope) => Jump

/** What compiling a statement needs to know of its surroundings. */
interface Surroundings {
  /** True directly inside of an `if`: see `compileExpression`. */
  readonly soft: boolean
  /** The blocks of the template by name, filled while it is compiled. */
  readonly blocks: Map<string, Execute>
}

/** The function of a template. */
export function compileTemplate(
  statements: readonly Statement[],
): (render: Render, scope: Scope) => void {
  const blocks = new Map<string, Execute>()
  const body = compileBody(statements, { soft: false, blocks })
  return (render, scope) => {
    scope.set('self', new TemplateReference(blocks, scope))
    body(render, scope)
  }
}

/** The function of statements one after the other. */
function compileBody(statements: readonly Statement[], around: Surroundings): Execute {
  const steps = statements.map((statement) => compileStatement(statement, around))
  const [only] = steps
  if (only && steps.length === 1) return only
  return (render, scope) => {
    for (const step of steps) {
      const jump = step(render, scope)
      if (jump) return jump
    }
    return undefined
  }
}

function compileStatement(statement: Statement, around: Surroundings): Execute {
  const { soft } = around
  const inner = { ...around, soft: false }
  switch (statement.type) {
    case 'data': {
      const { text } = statement
      return (render) => {
        render.budget.spend(1)
        render.write(text)
        return undefined
      }
    }
    case 'print': {
      const value = compileExpression(statement.value, soft)
      return (render, scope) => {
        print(render, value(render, scope))
        return undefined
      }
    }
    case 'if':
      return compileIf(statement, around)
    case 'for':
      return compileLoop(
        statement,
        soft,
        compileBody(statement.body, inner),
        compileBody(statement.otherwise, inner),
      )
    case 'break':
    case 'continue': {
      const { type } = statement
      return () => type
    }
    case 'set': {
      const value = compileExpression(statement.value, soft)
      const { target, line } = statement
      return (render, scope) => {
        requireNamespaces(scope, target, line)
        assign(render, scope, target, value(render, scope), line)
        return undefined
      }
    }
    case 'set block':
      return compileSetBlock(statement, inner)
    case 'macro': {
      const definition = compileMacro(statement.macro, inner)
      const name = definition.name!
      return (_render, scope) => {
        scope.set(name, new Macro(definition, scope))
        return undefined
      }
    }
    case 'call block':
      return compileCallBlock(statement.macro, statement.call, inner)
    case 'filter block': {
      const body = compileBody(statement.body, inner)
      const filter = compileCaptured(statement.filter, body)
      return (render, scope) => {
        print(render, filter(render, new Scope(scope)))
        return undefined
      }
    }
    case 'with':
      return compileWith(statement, inner)
    case 'autoescape': {
      const on = compileExpression(statement.on, soft)
      const body = compileBody(statement.body, inner)
      return (render, scope) => {
        const before = render.autoescape
        const value = on(render, scope)
        render.autoescape = isTrue(render, value)
        const jump = body(render, new Scope(scope))
        render.autoescape = before
        return jump
      }
    }
    case 'generation':
      return compileGeneration(compileBody(statement.body, inner))
    case 'block':
      return compileBlock(statement, inner)
    case 'load':
      return () => {
        throw templateFault('TypeError', 'no loader for this environment specified', statement.line)
      }
  }
}

/** Prints a value as `{{ }}` does. */
export function print(render: Render, value: Value): void {
  render.write(render.autoescape ? escapeHtml(render, value) : toText(render, value))
}

function compileIf(
  { branches, otherwise }: Extract<Statement, { type: 'if' }>,
  around: Surroundings,
): Execute {
  const inside = { ...around, soft: true }
  const tests = branches.map(([test]) => compileExpression(test, true))
  const bodies = branches.map(([, body]) => compileBody(body, inside))
  const last = compileBody(otherwise, inside)
  return (render, scope) => {
    for (let i = 0; i < tests.length; i++) {
      if (isTrue(render, tests[i]!(render, scope))) return bodies[i]!(render, scope)
    }
    return last(render, scope)
  }
}

/** A filter on what a body prints. */
function compileCaptured(filter: Expression, body: Execute): Evaluate {
  if (filter.type === 'filter') {
    const of = filter.of
      ? compileCaptured(filter.of, body)
      : (render: Render, scope: Scope): Value => captured(render, body, scope)
    const evaluate = compileNamed('filter', filter.name, of, filter.args, false, filter.line)
    return (render, scope) => {
      try {
        return evaluate(render, scope)
      } catch (error) {
        throw withLine(error, filter.line)
      }
    }
  }
  throw templateFault('TemplateSyntaxError', 'expected a filter', filter.line)
}

function captured(render: Render, body: Execute, scope: Scope): Value {
  const text = render.capture(() => body(render, scope))
  return render.autoescape ? new Markup(text) : text
}

function compileSetBlock(
  { target, filter, body, line }: Extract<Statement, { type: 'set block' }>,
  inner: Surroundings,
): Execute {
  const execute = compileBody(body, inner)
  const value = filter
    ? compileCaptured(filter, execute)
    : (render: Render, scope: Scope): Value => captured(render, execute, scope)
  return (render, scope) => {
    requireNamespaces(scope, target, line)
    assign(render, scope, target, value(render, new Scope(scope)), line)
    return undefined
  }
}

function compileMacro(
  { name, parameters, reads, body }: MacroNode,
  inner: Surroundings,
): MacroDefinition {
  const execute = compileBody(body, inner)
  return {
    name,
    reads,
    parameters: parameters.map((parameter) => ({
      name: parameter.name,
      fallback: parameter.fallback && compileExpression(parameter.fallback, false),
    })),
    body: (render, scope) => {
      execute(render, scope)
    },
  }
}

function compileCallBlock(macro: MacroNode, call: Expression, inner: Surroundings): Execute {
  if (call.type !== 'call') throw templateFault('TemplateSyntaxError', 'expected call', call.line)
  const definition = compileMacro(macro, inner)
  const callee = compileExpression(call.callee, false)
  const args = compileArguments(call.args, false)
  return (render, scope) => {
    const caller = new Macro(definition, scope)
    const called = callee(render, scope)
    const [positional, named] = args(render, scope)
    try {
      print(render, callValue(render, called, positional, new Map([...named, ['caller', caller]])))
    } catch (error) {
      throw withLine(error, call.line)
    }
    return undefined
  }
}

function compileWith(
  { assignments, body, line }: Extract<Statement, { type: 'with' }>,
  inner: Surroundings,
): Execute {
  const values = assignments.map(
    ([target, value]) => [target, compileExpression(value, false)] as const,
  )
  const execute = compileBody(body, inner)
  return (render, scope) => {
    const own = new Scope(scope)
    // All values are computed before the first name is given.
    const computed = values.map(([target, value]) => [target, value(render, scope)] as const)
    for (const [target, value] of computed) assign(render, own, target, value, line)
    return execute(render, own)
  }
}

// What is inside is what the assistant said: training takes its loss there.
function compileGeneration(body: Execute): Execute {
  return (render, scope) => {
    const start = render.printed
    const text = render.capture(() => body(render, new Scope(scope)))
    render.generations.push([start, start + text.length])
    render.write(text)
    return undefined
  }
}

function compileBlock(
  { name, scoped, required, body, line }: Extract<Statement, { type: 'block' }>,
  inner: Surroundings,
): Execute {
  if (inner.blocks.has(name)) {
    throw templateFault('TemplateAssertionError', `block '${name}' defined twice`, line)
  }
  inner.blocks.set(name, () => undefined)
  const execute = compileBody(body, inner)
  inner.blocks.set(name, execute)
  return (render, scope) => {
    if (required) {
      const message = `Required block '${name}' not found`
      throw templateFault('TemplateRuntimeError', message, line)
    }
    // A block that is not scoped sees the variables of the template, not those of loops around it.
    return execute(render, new Scope(scoped ? scope : scope.outermost))
  }
}

/** `self`: the blocks of the template as functions. */
class TemplateReference extends TemplateObject {
  readonly typeName = 'TemplateReference'
  readonly #blocks: ReadonlyMap<string, Execute>
  readonly #scope: Scope

  constructor(blocks: ReadonlyMap<string, Execute>, scope: Scope) {
    super()
    this.#blocks = blocks
    this.#scope = scope
  }

  represent(): string {
    return '<TemplateReference None>'
  }

  override attribute(name: string): Value | undefined {
    const block = this.#blocks.get(name)
    if (!block) return undefined
    return new Callable(name, (render) =>
      render.budget.nested(() => captured(render, block, new Scope(this.#scope))),
    )
  }
}
