// Types of JSDoc as JSON schemas.
import { schemaError } from './tool-schema-error.ts'
import type { JsonSchema } from './tool-schema.ts'

const plain: { readonly [name: string]: JsonSchema } = {
  string: { type: 'string' },
  number: { type: 'number' },
  float: { type: 'number' },
  integer: { type: 'integer' },
  int: { type: 'integer' },
  bigint: { type: 'integer' },
  boolean: { type: 'boolean' },
  bool: { type: 'boolean' },
  object: { type: 'object' },
  Object: { type: 'object' },
  array: { type: 'array' },
  Array: { type: 'array' },
  null: { type: 'null' },
  any: {},
  unknown: {},
  '*': {},
}

/** The schema of a type such as `number`, `string[]`, `Record<string, number>`, `"a" | "b"` or `number | null`. */
export function parseTypeText(fn: string, text: string): JsonSchema {
  const bare = text.trim()
  const nullable = /^\?/.test(bare)
  const parts = splitOutside(nullable ? bare.slice(1) : bare, '|')
  const kinds = parts.filter((part) => part !== 'null' && part !== 'undefined')
  const schema = kinds.length === 1 ? parseOne(fn, kinds[0]!) : parseUnion(fn, kinds)
  const isNullable = nullable || parts.includes('null')
  return isNullable ? { ...schema, nullable: true } : schema
}

function parseUnion(fn: string, kinds: readonly string[]): JsonSchema {
  const literals = kinds.map(literalOf)
  if (kinds.length > 0 && literals.every((literal) => literal !== undefined)) {
    const types = [...new Set(literals.map((literal) => typeof literal))]
    return { type: types.length === 1 ? types[0] : types, enum: literals }
  }
  const schemas = kinds.map((kind) => parseOne(fn, kind))
  const areSimple = schemas.every((schema) => Object.keys(schema).join() === 'type')
  if (areSimple) return { type: [...new Set(schemas.map((schema) => schema['type']))].sort() }
  return { anyOf: schemas }
}

function parseOne(fn: string, text: string): JsonSchema {
  const literal = literalOf(text)
  if (literal !== undefined) return { type: typeof literal, enum: [literal] }
  if (Object.hasOwn(plain, text)) return { ...plain[text] }
  if (text.startsWith('(') && text.endsWith(')')) return parseTypeText(fn, text.slice(1, -1))
  if (text.endsWith('[]')) return { type: 'array', items: parseTypeText(fn, text.slice(0, -2)) }
  const generic = /^(\w+)\.?<([\s\S]*)>$/.exec(text)
  if (generic) {
    const args = splitOutside(generic[2]!, ',')
    const [first = '', second] = args
    if (generic[1] === 'Array' && args.length === 1) {
      return { type: 'array', items: parseTypeText(fn, first) }
    }
    if (['Record', 'Object', 'Map'].includes(generic[1]!) && second !== undefined) {
      return { type: 'object', additionalProperties: parseTypeText(fn, second) }
    }
  }
  throw schemaError(fn, 'must have types that a JSON schema has', text)
}

function literalOf(text: string): string | number | boolean | undefined {
  if (/^'[^']*'$/.test(text)) return text.slice(1, -1)
  if (!/^(?:"[^"]*"|-?\d+(?:\.\d+)?|true|false)$/.test(text)) return undefined
  return JSON.parse(text) as string | number | boolean
}

/** Parts of a type between separators that stand in no brackets and no quotes. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quote = ''
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (quote !== '') {
      if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
    else if ('<({['.includes(c)) depth++
    else if ('>)}]'.includes(c)) depth--
    else if (c === separator && depth === 0) {
      parts.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  parts.push(text.slice(start).trim())
  return parts
}
