// Descriptions of functions in JSDoc: in their property `doc`, or at the beginning of the body, which `toString()` of
// a function keeps where a comment before it is lost.
import { parseTypeText } from './tool-types.ts'
import { schemaError } from './tool-schema-error.ts'
import type { JsonSchema, ToolDescription } from './tool-schema.ts'

/** A function with its description, perhaps. */
interface DescribedFunction {
  readonly name: string
  readonly length: number
  /** JSDoc as a string, which unlike a comment survives compilers and minifiers. */
  readonly doc?: unknown
  toString(): string
}

/** The description that a function's JSDoc gives. Throws ERR_TOOL_SCHEMA when there is none. */
export function readToolComment(fn: DescribedFunction): ToolDescription {
  const name = fn.name || 'the function'
  const text = typeof fn.doc === 'string' ? fn.doc : fn.toString()
  const start = text.indexOf('/**')
  const end = text.indexOf('*/', start + 3)
  const comment = start >= 0 && end >= 0 ? text.slice(start + 3, end) : undefined
  if (comment === undefined && typeof fn.doc !== 'string') {
    throw schemaError(
      name,
      'must be described: by tool({ name, description, parameters }, fn), by JSDoc in its property `doc`, ' +
        'or by a JSDoc comment in its body (which compilers remove)',
      'a function without',
    )
  }
  const [summary, ...tags] = blocksOf(comment ?? text)
  const parameters: Record<string, JsonSchema> = {}
  let returns: JsonSchema | undefined
  let named = fn.name
  for (const tag of tags) {
    const [, kind = '', rest = ''] = /^@(\w+)\s*([\s\S]*)$/.exec(tag) ?? []
    if (kind === 'param' || kind === 'arg' || kind === 'argument') {
      const [key, schema] = readParameter(name, rest)
      parameters[key] = schema
    } else if (kind === 'returns' || kind === 'return') returns = readReturns(name, rest)
    else if (kind === 'name' || kind === 'function') named = rest.trim() || name
  }
  const count = Object.keys(parameters).length
  if (count < fn.length) {
    throw schemaError(name, `must describe each of its ${fn.length} parameters with @param`, count)
  }
  return { name: named, description: summary ?? '', parameters, ...(returns ? { returns } : {}) }
}

/** The summary and then each tag with the lines that belong to it. */
function blocksOf(comment: string): string[] {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
  const blocks: string[][] = [[]]
  for (const line of lines) {
    if (/^\s*@\w/.test(line)) blocks.push([line.trim()])
    else blocks.at(-1)!.push(line)
  }
  return blocks.map((block) => block.join('\n').trim())
}

// {type} name - description; [name] or [name=default] may be left out.
function readParameter(fn: string, text: string): [name: string, schema: JsonSchema] {
  const { type, rest } = takeType(text)
  const match = /^(\[?)([\w$]+)(?:\s*=\s*[^\]]*)?\]?\s*(?:-\s*)?([\s\S]*)$/.exec(rest)
  if (!match) throw schemaError(fn, 'must name each parameter', text)
  const [, bracket, name = '', description = ''] = match
  if (type === undefined) throw schemaError(fn, `must give the type of ${name}`, text)
  return [
    name,
    {
      ...parseTypeText(fn, type),
      description: oneLine(description),
      ...(bracket ? { optional: true } : {}),
    },
  ]
}

function readReturns(fn: string, text: string): JsonSchema | undefined {
  const { type, rest } = takeType(text)
  if (type === undefined) return undefined
  const description = oneLine(rest.replace(/^-\s*/, ''))
  return { ...parseTypeText(fn, type), ...(description === '' ? {} : { description }) }
}

function takeType(text: string): { readonly type: string | undefined; readonly rest: string } {
  if (!text.startsWith('{')) return { type: undefined, rest: text }
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) {
      return { type: text.slice(1, i).trim(), rest: text.slice(i + 1).trim() }
    }
  }
  return { type: undefined, rest: text }
}

const oneLine = (text: string) =>
  text
    .split(/\s*\n\s*/)
    .join(' ')
    .trim()
