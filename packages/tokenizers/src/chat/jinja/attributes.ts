import { Dict } from './dict.ts'
import { dictMethods } from './dict-methods.ts'
import { listMethods, tupleMethods } from './list-methods.ts'
import { numberAttribute } from './number-attributes.ts'
import type { Render } from './render.ts'
import { represent } from './represent.ts'
import { stringMethods } from './string-methods.ts'
import { subscript } from './subscript.ts'
import type { Method } from './method.ts'
import {
  Callable,
  isList,
  numberOf,
  TemplateObject,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

/** `value.name`: an attribute, or else the item of that name. */
export function getAttribute(render: Render, value: Value, name: string): Value {
  if (value instanceof Undefined && !objectInternals.has(name)) throw value.fault()
  const attribute = ownAttribute(render, value, name)
  if (attribute !== undefined) return attribute
  const item = subscript(render, value, name)
  return item === undefined ? missing(value, name) : item
}

/** `value[key]`: an item, or else the attribute of that name. */
export function getItem(render: Render, value: Value, key: Value): Value {
  if (value instanceof Undefined) throw value.fault()
  const item = subscript(render, value, key)
  if (item !== undefined) return item
  const name = textOf(key)
  const attribute = name === undefined ? undefined : ownAttribute(render, value, name)
  if (attribute !== undefined) return attribute
  if (name !== undefined) return missing(value, name)
  return new Undefined(`${describe(value)} has no element ${represent(render, key)}`)
}

/** `value|attr(name)`: an attribute, never an item. */
export function onlyAttribute(render: Render, value: Value, name: string): Value {
  if (value instanceof Undefined && !objectInternals.has(name)) throw value.fault()
  const attribute = ownAttribute(render, value, name)
  return attribute === undefined ? missing(value, name) : attribute
}

const missing = (value: Value, name: string) =>
  new Undefined(`'${describe(value)}' has no attribute '${name}'`)

const describe = (value: Value) => (value === null ? 'None' : `${typeName(value)} object`)

/** What every object of Python has, and templates must not reach. */
const isInternal = (name: string) => name.startsWith('__') && name.endsWith('__') && name.length > 4

// What dicts and undefined values have; items of a dict may well have other names like these.
const objectInternals = new Set(
  (
    'class contains delattr delitem dir doc eq format ge getattribute getitem getstate gt hash init init_subclass ior ' +
    'iter le len lt ne new or reduce reduce_ex repr reversed ror setattr setitem sizeof str subclasshook class_getitem'
  )
    .split(' ')
    .map((name) => `__${name}__`),
)

function ownAttribute(render: Render, value: Value, name: string): Value | undefined {
  // Only names looked up in our own tables are ever read; no object of JavaScript is within reach.
  if (isInternal(name) && (!(value instanceof Dict) || objectInternals.has(name))) {
    return unsafe(value, name)
  }
  const named = value instanceof Tuple ? value.attribute(name) : undefined
  if (named !== undefined) return named
  const methods = methodsOf(value)
  if (methods) {
    const method = methods.get(name)
    if (method === undefined) return undefined
    if (method === 'unsafe') return unsafe(value, name)
    return new Callable(name, (run, args, keywords) => method(run, value, args, keywords))
  }
  if (numberOf(value) !== undefined) return numberAttribute(value, name)
  return value instanceof TemplateObject ? value.attribute(name, render) : undefined
}

const unsafe = (value: Value, name: string) =>
  new Undefined(
    `access to attribute '${name}' of '${typeName(value)}' object is unsafe.`,
    'SecurityError',
  )

function methodsOf(value: Value): ReadonlyMap<string, Method | 'unsafe'> | undefined {
  if (textOf(value) !== undefined) return stringMethods
  if (isList(value)) return listMethods
  if (value instanceof Dict) return dictMethods
  return value instanceof Tuple ? tupleMethods : undefined
}
