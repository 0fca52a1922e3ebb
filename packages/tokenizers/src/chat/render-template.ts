import { Budget, type TemplateBudget } from './jinja/budget.ts'
import { fromHost } from './jinja/host-values.ts'
import { Render, type Disguise } from './jinja/render.ts'
import { compile, language, run } from './jinja/template.ts'

/** What rendering a template may need beside its variables. */
export interface TemplateOptions {
  /** The time that `strftime_now` tells; now by default. */
  readonly now?: Date | undefined
  /** What the template may cost. */
  readonly budget?: TemplateBudget | undefined
  readonly disguise?: Disguise | undefined
}

/** A rendered template. */
export interface RenderedTemplate {
  readonly text: string
  /** Where `{% generation %}` blocks printed: start and end in UTF-16 units of `text`. */
  readonly generations: readonly (readonly [start: number, end: number])[]
}

/** Renders a template as {@link renderTemplate} does, and tells where its `{% generation %}` blocks are. */
export function renderWithGenerations(
  source: string,
  variables: Readonly<Record<string, unknown>>,
  { now = new Date(), budget, disguise }: TemplateOptions = {},
): RenderedTemplate {
  const template = compile(source)
  const render = new Render(language, new Budget(budget), now, disguise)
  const values = Object.entries(variables)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, fromHost(value)] as const)
  const text = run(template, render, values)
  return { text, generations: render.generations }
}

/**
 * Renders a chat template: Jinja as Transformers runs it, in a sandbox from which nothing of the host can be reached.
 * `variables` are copied, so a template changes nothing of the caller's. Throws ERR_TEMPLATE_SYNTAX,
 * ERR_TEMPLATE_UNDEFINED, ERR_TEMPLATE_SECURITY, ERR_TEMPLATE_BUDGET, ERR_TEMPLATE_RENDER for other errors, and
 * ERR_TEMPLATE_RAISED with the template's own message for `raise_exception`.
 */
export function renderTemplate(
  source: string,
  variables: Readonly<Record<string, unknown>>,
  now?: Date,
): string {
  return renderWithGenerations(source, variables, { now }).text
}
