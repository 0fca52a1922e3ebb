import { show, TokenizerError } from '../errors.ts'
import { readToolComment } from './tool-comment.ts'
import { schemaError } from './tool-schema-error.ts'

/** A JSON schema, as far as anyone looks into it here. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** A function as models see it. */
export interface ToolSchema {
  type: 'function'
  function: {
    name: string
    description: string
    parameters: { type: 'object'; properties: Record<string, JsonSchema>; required?: string[] }
    return?: JsonSchema
  }
}

/** One parameter of a described function: a JSON schema with a type and a description. */
export interface ParameterDescription {
  readonly type: string | readonly string[]
  readonly description: string
  /** The caller may leave it out; so it may a parameter with a default. */
  readonly optional?: boolean
  readonly [keyword: string]: unknown
}

/** A schema of zod, valibot, arktype or another library that can write it as a JSON schema. */
export interface StandardSchemaLike {
  readonly '~standard': object
}

/** What a function is and takes. */
export interface ToolDescription {
  readonly name: string
  readonly description: string
  /** Descriptions by name, a JSON schema of an object, or a Standard Schema of one. Nothing means no parameters. */
  readonly parameters?:
    | { readonly [name: string]: ParameterDescription }
    | JsonSchema
    | StandardSchemaLike
    | undefined
  readonly returns?: JsonSchema | undefined
}

type AnyFunction = (...args: any[]) => unknown

const schemaKey = Symbol.for('heddle.toolSchema')

/** A function that carries its schema: pass it in `tools`, and call it as before. */
export function tool<Fn extends AnyFunction>(description: ToolDescription, fn: Fn): Fn {
  const schema = describeTool(description)
  const wrapped = function (this: unknown, ...args: unknown[]) {
    return fn.apply(this, args)
  }
  Object.defineProperty(wrapped, 'name', { value: schema.function.name })
  Object.defineProperty(wrapped, schemaKey, { value: schema })
  return wrapped as unknown as Fn
}

/**
 * The schema of a function, as `tools` of a chat have it: of a description, of a function made by {@link tool}, or of
 * a function with JSDoc (a summary, `@param {number} a - What it is`, `@returns`) as a string in its property `doc` or
 * in a comment at the beginning of its body. Throws ERR_TOOL_SCHEMA when a description or a type is missing.
 */
export function getJsonSchema(source: ToolDescription | AnyFunction): ToolSchema {
  if (typeof source === 'function') {
    const known = (source as { readonly [schemaKey]?: ToolSchema })[schemaKey]
    return known ?? describeTool(readToolComment(source))
  }
  return describeTool(source)
}

/** The schemas of `tools`: functions become schemas, schemas stay as they are. */
export function toolSchemas(tools: readonly unknown[]): unknown[] {
  return tools.map((entry, i) => {
    if (typeof entry === 'function') return getJsonSchema(entry as AnyFunction)
    if (isObject(entry)) return entry
    throw new TokenizerError(
      'ERR_TEMPLATE_INPUT',
      `applyChatTemplate: tools[${i}] must be a JSON schema or a function; got ${show(entry)}.`,
    )
  })
}

function describeTool({ name, description, parameters, returns }: ToolDescription): ToolSchema {
  if (typeof name !== 'string' || name === '') throw schemaError('tool', 'must have a name', name)
  if (typeof description !== 'string' || description === '') {
    throw schemaError(name, 'must have a description', description)
  }
  const object = parametersOf(name, parameters ?? {})
  return {
    type: 'function',
    function: {
      name,
      description,
      parameters: object,
      ...(returns === undefined ? {} : { return: returns }),
    },
  }
}

type ObjectSchema = ToolSchema['function']['parameters']

function parametersOf(name: string, source: object): ObjectSchema {
  const schema = '~standard' in source ? jsonSchemaOf(name, source) : source
  const isSchema = '$schema' in schema || ('type' in schema && typeof schema.type === 'string')
  if (schema === source && !isSchema) return describedParameters(name, source)
  const { $schema: _, ...object } = schema as Record<string, unknown>
  if (object['type'] !== 'object') {
    throw schemaError(name, 'must take an object as its parameters', object['type'])
  }
  return { ...object, properties: object['properties'] ?? {} } as ObjectSchema
}

/** Asks a schema of some library for its JSON schema, of what goes in. */
function jsonSchemaOf(name: string, schema: object): object {
  const standard = (schema as Record<string, unknown>)['~standard'] as Record<string, unknown>
  const converter = standard['jsonSchema'] as { input?: unknown } | undefined
  if (typeof converter?.input === 'function') {
    return requireObject(name, converter.input({ target: 'draft-2020-12' }))
  }
  for (const method of ['toJSONSchema', 'toJsonSchema']) {
    const convert = (schema as Record<string, unknown>)[method]
    if (typeof convert === 'function') {
      return requireObject(name, convert.call(schema, { io: 'input' }))
    }
  }
  throw schemaError(
    name,
    'must have parameters that can be written as a JSON schema; convert the schema first (z.toJSONSchema(schema))',
    standard['vendor'] ?? 'a schema that cannot',
  )
}

function requireObject(name: string, value: unknown): object {
  if (isObject(value)) return value
  throw schemaError(name, 'must have parameters whose JSON schema is an object', value)
}

function describedParameters(name: string, source: object): ObjectSchema {
  const properties: Record<string, JsonSchema> = {}
  const required: string[] = []
  for (const [key, value] of Object.entries(source)) {
    if (!isObject(value)) throw schemaError(name, `must describe ${key} with an object`, value)
    const { optional, ...schema } = value
    if (!hasType(schema)) throw schemaError(name, `must give the type of ${key}`, schema['type'])
    const { description } = schema
    if (typeof description !== 'string' || description === '') {
      throw schemaError(name, `must describe ${key}`, description)
    }
    properties[key] = readChoices(name, key, schema)
    if (!optional && !('default' in schema)) required.push(key)
  }
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) }
}

const hasType = (schema: Record<string, unknown>) =>
  ['type', 'anyOf', 'oneOf', '$ref', 'enum', 'const'].some((key) => schema[key] !== undefined)

// A list of choices at the end of a description is an enum, as Transformers reads it.
function readChoices(name: string, key: string, schema: Record<string, unknown>): JsonSchema {
  const { description, ...others } = schema
  const text = description as string
  const at = text.search(/\(choices:/i)
  if (at < 0) return { ...others, description: text }
  const list = /^\(choices:\s*(\[.*\])\s*\)\s*$/is.exec(text.slice(at))?.[1]
  let choices: unknown
  try {
    choices = JSON.parse(list ?? '')
  } catch {
    throw schemaError(name, `must list the choices of ${key} as JSON`, text.slice(at))
  }
  return { ...others, enum: choices, description: text.slice(0, at).trim() }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
