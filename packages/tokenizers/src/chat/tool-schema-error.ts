import { show, TokenizerError } from '../errors.ts'

/** The error for a function that cannot be described. */
export function schemaError(name: string, rule: string, got: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOOL_SCHEMA',
    `getJsonSchema: ${name} ${rule}; got ${show(got)}.`,
    {
      details: { name },
    },
  )
}
