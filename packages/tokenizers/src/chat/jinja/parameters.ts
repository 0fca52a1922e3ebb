import { templateFault } from './template-fault.ts'
import type { Render } from './render.ts'
import {
  Callable,
  noKeywords,
  typeName,
  intOf,
  textOf,
  type Keywords,
  type Value,
} from './values.ts'

/** The default of a parameter that has none. */
export const required = Symbol('required')

/** Names of parameters with their defaults, in order. */
export type Parameters = { readonly [name: string]: Value | typeof required }

/** Arguments in the order of `parameters`, as Python binds them. Throws TypeError. */
export function bindArguments(
  name: string,
  parameters: Parameters,
  args: readonly Value[],
  keywords: Keywords,
): Value[] {
  const names = Object.keys(parameters)
  if (args.length > names.length) {
    throw templateFault(
      'TypeError',
      `${name}() takes ${names.length} arguments at most but ${args.length} were given`,
    )
  }
  for (const key of keywords.keys()) {
    const at = names.indexOf(key)
    if (at < 0) {
      throw templateFault('TypeError', `${name}() got an unexpected keyword argument '${key}'`)
    }
    if (at < args.length) {
      throw templateFault('TypeError', `${name}() got multiple values for argument '${key}'`)
    }
  }
  return names.map((parameter, i) => {
    const given = args[i] === undefined ? keywords.get(parameter) : args[i]
    const value = given === undefined ? parameters[parameter]! : given
    if (value !== required) return value
    throw templateFault('TypeError', `${name}() missing 1 required argument: '${parameter}'`)
  })
}

/** A function of templates with named parameters. */
export function callable(
  name: string,
  parameters: Parameters,
  body: (render: Render, ...args: Value[]) => Value,
): Callable {
  return new Callable(name, (render, args, keywords) =>
    body(render, ...bindArguments(name, parameters, args, keywords)),
  )
}

/** Requires an int, as Python's functions do. */
export function requireInt(value: Value): number {
  const int = intOf(value)
  if (int !== undefined) return Number(int)
  throw templateFault(
    'TypeError',
    `'${typeName(value)}' object cannot be interpreted as an integer`,
  )
}

/** Requires a str. */
export function requireText(value: Value, name = 'argument'): string {
  const text = textOf(value)
  if (text !== undefined) return text
  throw templateFault('TypeError', `${name} must be str, not ${typeName(value)}`)
}

/** Calls a value. Throws TypeError for one that cannot be called. */
export function callValue(
  render: Render,
  value: Value,
  args: readonly Value[],
  keywords: Keywords = noKeywords,
): Value {
  const call =
    typeof value === 'object' && value !== null && 'call' in value ? value.call : undefined
  if (call) return call.call(value, render, args, keywords)
  throw templateFault('TypeError', `'${typeName(value)}' object is not callable`)
}
