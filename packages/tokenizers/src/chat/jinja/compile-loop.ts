import { assign } from './assign.ts'
import { compileExpression } from './compile-expression.ts'
import type { Execute, Jump } from './compile-statement.ts'
import { isTrue, iterate, sizeOf } from './iterate.ts'
import { LoopContext } from './loop-context.ts'
import type { Statement } from './nodes.ts'
import type { Render } from './render.ts'
import { Scope } from './scope.ts'
import { withLine } from './template-fault.ts'
import { Generator, Markup, type Value } from './values.ts'

/** The function of a for block, of its body and of what runs when there is no item. */
export function compileLoop(
  { target, items, test, recursive, line }: Extract<Statement, { type: 'for' }>,
  soft: boolean,
  body: Execute,
  otherwise: Execute,
): Execute {
  const source = compileExpression(items, soft)
  const condition = test && compileExpression(test, false)

  function* filtered(render: Render, scope: Scope, value: Value) {
    for (const item of iterate(render, value)) {
      const own = new Scope(scope)
      assign(render, own, target, item, line)
      if (!condition || isTrue(render, condition(render, own))) yield item
    }
  }

  function run(render: Render, scope: Scope, value: Value, depth: number): Jump {
    const chosen = condition ? new Generator('filter', filtered(render, scope, value)) : value
    const recurse = recursive
      ? (deeper: Value, level: number): Value => nested(render, scope, deeper, level)
      : undefined
    const around = new Scope(scope)
    const loop = new LoopContext(
      iterate(render, chosen),
      chosen instanceof Generator ? undefined : sizeOf(render, chosen),
      depth,
      recurse,
    )
    around.set('loop', loop)
    let none = true
    for (let item = next(loop); item !== undefined; item = next(loop)) {
      none = false
      const own = new Scope(around)
      assign(render, own, target, item, line)
      if (body(render, own) === 'break') break
    }
    // Other jumps end with this loop; the else part may hold one of the loop around.
    return none ? otherwise(render, new Scope(scope)) : undefined
  }

  function next(loop: LoopContext): Value | undefined {
    try {
      return loop.advance()
    } catch (error) {
      throw withLine(error, line)
    }
  }

  function nested(render: Render, scope: Scope, value: Value, depth: number): Value {
    const text = render.budget.nested(() =>
      render.capture(() => {
        run(render, scope, value, depth)
      }),
    )
    return render.autoescape ? new Markup(text) : text
  }

  return (render, scope) => run(render, scope, source(render, scope), 0)
}
