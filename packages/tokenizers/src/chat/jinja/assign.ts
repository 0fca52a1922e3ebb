import { toList } from './iterate.ts'
import { Namespace } from './namespace.ts'
import type { Target } from './nodes.ts'
import type { Render } from './render.ts'
import type { Scope } from './scope.ts'
import { templateFault, withLine } from './template-fault.ts'
import type { Value } from './values.ts'

/** Gives a value to a name, to an attribute of a namespace, or its items to several. */
export function assign(
  render: Render,
  scope: Scope,
  target: Target,
  value: Value,
  line: number,
): void {
  render.budget.spend(1)
  if (target.type === 'name') scope.set(target.name, value)
  else if (target.type === 'attribute') {
    const namespace = scope.get(target.of)
    if (namespace instanceof Namespace) namespace.set(target.name, value)
  } else {
    let items: readonly Value[]
    try {
      items = toList(render, value)
    } catch (error) {
      throw withLine(error, line)
    }
    if (items.length !== target.items.length) {
      const size = target.items.length
      const got =
        items.length > size
          ? `too many values to unpack (expected ${size})`
          : `not enough values to unpack (expected ${size}, got ${items.length})`
      throw templateFault('ValueError', got, line)
    }
    target.items.forEach((item, i) => {
      assign(render, scope, item, items[i]!, line)
    })
  }
}

/** Requires that what the attributes of a target are of are namespaces. */
export function requireNamespaces(scope: Scope, target: Target, line: number): void {
  if (target.type === 'tuple') {
    for (const item of target.items) requireNamespaces(scope, item, line)
  } else if (target.type === 'attribute' && !(scope.get(target.of) instanceof Namespace)) {
    throw templateFault(
      'TemplateRuntimeError',
      'cannot assign attribute on non-namespace object',
      line,
    )
  }
}
