import { TokenizerError } from '../../errors.ts'
import { compileTemplate } from './compile-statement.ts'
import { globals } from './globals.ts'
import { parseTemplate } from './parser.ts'
import { getAttribute, getItem } from './attributes.ts'
import { filterOf } from './filters.ts'
import { testOf } from './is-tests.ts'
import type { Language, Render } from './render.ts'
import { Scope } from './scope.ts'
import { templateFault } from './template-fault.ts'
import type { Value } from './values.ts'
import { budgetError } from './budget.ts'

const MAX_TEMPLATE = 1 << 20
const MAX_COMPILED = 32

/** A template that can be rendered. */
export type CompiledTemplate = (render: Render, scope: Scope) => void

const compiled = new Map<string, CompiledTemplate>()

/** The template of a text; the last ones are kept. Throws ERR_TEMPLATE_SYNTAX. */
export function compile(source: string): CompiledTemplate {
  const known = compiled.get(source)
  if (known) return known
  if (source.length > MAX_TEMPLATE) {
    throw new TokenizerError(
      'ERR_TEMPLATE_SYNTAX',
      `chat template: may be ${MAX_TEMPLATE} characters long at most; got ${source.length}.`,
    )
  }
  let template: CompiledTemplate
  try {
    template = compileTemplate(parseTemplate(source))
  } catch (error) {
    if (error instanceof RangeError) throw templateFault('TemplateSyntaxError', 'nests too deep')
    throw error
  }
  if (compiled.size >= MAX_COMPILED) compiled.delete(compiled.keys().next().value!)
  compiled.set(source, template)
  return template
}

/** The language of templates, for a {@link Render}. */
export const language: Language = {
  attribute: getAttribute,
  item: getItem,
  filter: filterOf,
  test: testOf,
}

const outermost = new Scope()
for (const [name, value] of globals) outermost.set(name, value)

/** Runs a template and returns what it printed. */
export function run(
  template: CompiledTemplate,
  render: Render,
  variables: Iterable<readonly [name: string, value: Value]>,
): string {
  const scope = new Scope(outermost)
  for (const [name, value] of variables) scope.set(name, value)
  try {
    template(render, scope)
  } catch (error) {
    // The stack of JavaScript may end before our own count does.
    if (error instanceof RangeError) throw budgetError('levels', render.budget.maxDepth, 'nest')
    throw error
  }
  return render.output
}
