import { TokenizerError, type TokenizerErrorCode } from '../../errors.ts'

/** What goes wrong in a template, by the names of Python and Jinja. */
export type FaultType =
  | 'TemplateSyntaxError'
  | 'TemplateAssertionError'
  | 'TemplateRuntimeError'
  | 'FilterArgumentError'
  | 'UndefinedError'
  | 'SecurityError'
  | 'TypeError'
  | 'ValueError'
  | 'KeyError'
  | 'IndexError'
  | 'AttributeError'
  | 'ZeroDivisionError'
  | 'OverflowError'
  | 'AssertionError'

const codes: { readonly [Type in FaultType]?: TokenizerErrorCode } = {
  TemplateSyntaxError: 'ERR_TEMPLATE_SYNTAX',
  TemplateAssertionError: 'ERR_TEMPLATE_SYNTAX',
  UndefinedError: 'ERR_TEMPLATE_UNDEFINED',
  SecurityError: 'ERR_TEMPLATE_SECURITY',
}

/** The error for a fault of the template; `line` is where in its text, counted from 1. */
export function templateFault(type: FaultType, message: string, line?: number): TokenizerError {
  const code = codes[type] ?? 'ERR_TEMPLATE_RENDER'
  const rule =
    code === 'ERR_TEMPLATE_SYNTAX' ? 'must be a valid Jinja template' : 'must render these messages'
  const at = line === undefined ? '' : ` on line ${line}`
  return new TokenizerError(code, `chat template: ${rule}; got ${type}${at}: ${message}`, {
    details: { type, message, line },
  })
}

/** The same error with the line where it happened, unless it has one or is not about the template's own doing. */
export function withLine(error: unknown, line: number): unknown {
  if (!(error instanceof TokenizerError) || error.details?.['type'] === undefined) return error
  const { type, message, line: known } = error.details
  if (known !== undefined || line === 0) return error
  return templateFault(type as FaultType, message as string, line)
}
