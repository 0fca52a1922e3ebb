import { Environment, Interpreter, Template } from '@huggingface/jinja'
import { show, TokenizerError } from '../errors.ts'
import { strftime } from './strftime.ts'

const MAX_TEMPLATE = 1 << 20
const MAX_RANGE = 100_000
const MAX_COMPILED = 32

const compiled = new Map<string, Template>()

function compile(source: string): Template {
  const known = compiled.get(source)
  if (known) return known
  if (source.length > MAX_TEMPLATE) {
    throw new TokenizerError(
      'ERR_TEMPLATE_SYNTAX',
      `chat template: may be ${MAX_TEMPLATE} characters long at most; got ${source.length}.`,
    )
  }
  let template: Template
  try {
    template = new Template(source)
  } catch (cause) {
    throw new TokenizerError(
      'ERR_TEMPLATE_SYNTAX',
      `chat template: must be a valid Jinja template; got ${(cause as Error).message}.`,
      { cause },
    )
  }
  if (compiled.size >= MAX_COMPILED) compiled.delete(compiled.keys().next().value!)
  compiled.set(source, template)
  return template
}

const constants = { true: true, false: false, none: null, True: true, False: false, None: null }

// Python's sandbox has the same limit.
function range(start: number, stop?: number, step = 1): number[] {
  const from = stop === undefined ? 0 : start
  const to = stop ?? start
  const size = Math.max(0, Math.ceil((to - from) / step))
  if (step === 0 || !(size <= MAX_RANGE)) {
    throw new TokenizerError(
      'ERR_TEMPLATE_RENDER',
      `chat template: range may have ${MAX_RANGE} items at most; got ${size}.`,
    )
  }
  return Array.from({ length: size }, (_, i) => from + i * step)
}

/**
 * Renders a chat template. `variables` are copied, so a template changes nothing of the caller's.
 * Throws ERR_TEMPLATE_RAISED with the template's own message for `raise_exception`.
 */
export function renderTemplate(
  source: string,
  variables: Record<string, unknown>,
  now?: Date,
): string {
  const template = compile(source)
  const globals = {
    range,
    raise_exception: (message: unknown) => {
      throw new TokenizerError('ERR_TEMPLATE_RAISED', String(message), { details: { message } })
    },
    strftime_now: (format: unknown) => strftime(now ?? new Date(), String(format)),
  }
  try {
    const environment = new Environment()
    for (const [name, value] of Object.entries({ ...constants, ...globals, ...variables })) {
      environment.set(name, value)
    }
    return String(new Interpreter(environment).run(template.parsed).value)
  } catch (cause) {
    if (cause instanceof TokenizerError) throw cause
    throw new TokenizerError(
      'ERR_TEMPLATE_RENDER',
      `chat template: must render these messages; got ${show((cause as Error).message)}.`,
      { cause },
    )
  }
}
