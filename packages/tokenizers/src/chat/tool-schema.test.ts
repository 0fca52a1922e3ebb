import { describe, expect, it } from 'vitest'
import { getJsonSchema, tool, toolSchemas, type ToolDescription } from './tool-schema.ts'

const multiplySchema = {
  type: 'function',
  function: {
    name: 'multiply',
    description: 'A function that multiplies two numbers',
    parameters: {
      type: 'object',
      properties: {
        a: { type: 'number', description: 'The first number to multiply' },
        b: { type: 'number', description: 'The second number to multiply' },
      },
      required: ['a', 'b'],
    },
  },
}

/** A function as it is without a compiler that removes comments. */
const compiled = (name: string, parameters: string, body: string) => {
  const fn = new Function(parameters, body)
  Object.defineProperty(fn, 'name', { value: name })
  return fn as (...args: number[]) => unknown
}

const multiply = compiled(
  'multiply',
  'a, b',
  `/**
    * A function that multiplies two numbers
    *
    * @param {number} a - The first number to multiply
    * @param {number} b - The second number to multiply
    */
   return a * b`,
)

const fails = (source: unknown, message: string) =>
  expect(() => getJsonSchema(source as ToolDescription)).toThrow(
    expect.objectContaining({ code: 'ERR_TOOL_SCHEMA', message: expect.stringContaining(message) }),
  )

describe('getJsonSchema', () => {
  it('reads a description', () => {
    const description = {
      name: 'multiply',
      description: 'A function that multiplies two numbers',
      parameters: {
        a: { type: 'number', description: 'The first number to multiply' },
        b: { type: 'number', description: 'The second number to multiply' },
      },
    }
    expect(getJsonSchema(description)).toEqual(multiplySchema)
    const fn = tool(description, (a: number, b: number) => a * b)
    expect(getJsonSchema(fn)).toEqual(multiplySchema)
    expect(fn(6, 7)).toBe(42)
    expect(fn.name).toBe('multiply')
  })

  it('reads the comment of a function', () => {
    expect(getJsonSchema(multiply)).toEqual(multiplySchema)
    expect(multiply(6, 7)).toBe(42)
    const doc = `
      A function that multiplies two numbers
      @param {number} a - The first number to multiply
      @param {number} b - The second number to multiply`
    const named = { multiply: (a: number, b: number) => a * b }
    expect(getJsonSchema(Object.assign(named.multiply, { doc }))).toEqual(multiplySchema)
  })

  it('reads types as Transformers reads hints', () => {
    const t2 = compiled(
      't2',
      'a, b, c, d, e, f = null, g = "x"',
      `/**
        * Does many things.
        * And more.
        * @param {integer} a - first
        * @param {number} b second
        *   that goes on
        * @param {boolean} c - third
        * @param {integer[]} d - fourth
        * @param {Record<string, number>} e - fifth
        * @param {integer | null} [f] - sixth
        * @param {"c" | "f"} [g="x"] - seventh
        * @param {?Array<string|number>} [h] - eighth
        * @param {string} [i] - ninth (choices: ["c", "f"])
        * @returns {string} nothing of note
        */`,
    )
    expect(getJsonSchema(t2)).toEqual({
      type: 'function',
      function: {
        name: 't2',
        description: 'Does many things.\nAnd more.',
        parameters: {
          type: 'object',
          properties: {
            a: { type: 'integer', description: 'first' },
            b: { type: 'number', description: 'second that goes on' },
            c: { type: 'boolean', description: 'third' },
            d: { type: 'array', items: { type: 'integer' }, description: 'fourth' },
            e: { type: 'object', additionalProperties: { type: 'number' }, description: 'fifth' },
            f: { type: 'integer', nullable: true, description: 'sixth' },
            g: { type: 'string', enum: ['c', 'f'], description: 'seventh' },
            h: {
              type: 'array',
              items: { type: ['number', 'string'] },
              nullable: true,
              description: 'eighth',
            },
            i: { type: 'string', enum: ['c', 'f'], description: 'ninth' },
          },
          required: ['a', 'b', 'c', 'd', 'e'],
        },
        return: { type: 'string', description: 'nothing of note' },
      },
    })
  })

  it('reads JSON schemas and those of libraries', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
    const wanted = { name: 'f', description: 'F.', parameters: schema }
    const of = (parameters: object) =>
      getJsonSchema({ name: 'f', description: 'F.', parameters } as ToolDescription).function
    const full = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema }
    expect(of(schema)).toEqual(wanted)
    expect(of(full)).toEqual(wanted)
    expect(of({ '~standard': { vendor: 'x', jsonSchema: { input: () => full } } })).toEqual(wanted)
    const asked: unknown[] = []
    const zod = {
      '~standard': { vendor: 'zod' },
      toJSONSchema(options: unknown) {
        asked.push(options)
        return full
      },
    }
    expect(of(zod)).toEqual(wanted)
    expect(asked).toEqual([{ io: 'input' }])
    expect(of({ '~standard': { vendor: 'arktype' }, toJsonSchema: () => full })).toEqual(wanted)
    expect(() => of({ '~standard': { vendor: 'valibot' } })).toThrow('convert the schema first')
    expect(() => of({ type: 'string' })).toThrow('take an object as its parameters; got "string"')
  })

  it('has no parameters to describe', () => {
    expect(
      getJsonSchema({ name: 'now', description: 'Tells the time.' }).function.parameters,
    ).toEqual({
      type: 'object',
      properties: {},
    })
  })

  it('needs descriptions and types', () => {
    const of = (parameters: object) => ({ name: 'f', description: 'F.', parameters })
    fails({ name: 'f' }, 'f must have a description')
    fails({ description: 'F.' }, 'must have a name')
    fails(of({ a: { type: 'number' } }), 'f must describe a')
    fails(of({ a: { description: 'A' } }), 'f must give the type of a')
    fails(of({ a: 'number' }), 'f must describe a with an object')
    fails(of({ a: { type: 'string', description: 'A (choices: [x])' } }), 'choices of a as JSON')
    fails((a: number) => a, 'must be described: by tool(')
    fails(compiled('f', 'a', '/** F. */'), 'describe each of its 1 parameters')
    fails(compiled('f', 'a', '/** F.\n * @param a - A\n */'), 'must give the type of a')
    fails(compiled('f', 'a', '/** F.\n * @param {number} a\n */'), 'must describe a')
    fails(compiled('f', 'a', '/** F.\n * @param {Foo} a - A\n */'), 'got "Foo"')
    fails(compiled('f', '', '/** */'), 'must have a description')
  })

  it('turns functions among tools into schemas', () => {
    const other = { type: 'function', function: { name: 'x' } }
    expect(toolSchemas([multiply, other])).toEqual([multiplySchema, other])
    expect(() => toolSchemas(['multiply'])).toThrow('tools[0] must be a JSON schema or a function')
  })
})
