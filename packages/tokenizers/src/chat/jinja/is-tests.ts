// What may follow `is` in a template.
import { operate } from './arithmetic.ts'
import { isEqual, isIn, isOrdered, type Order } from './compare.ts'
import { Dict } from './dict.ts'
import { itemsOf, sizeOf } from './iterate.ts'
import { bindArguments, required, type Parameters } from './parameters.ts'
import { predicates } from './python-text.ts'
import { Range } from './range.ts'
import type { Render } from './render.ts'
import { toText } from './represent.ts'
import {
  Float,
  intOf,
  isList,
  Markup,
  numberOf,
  TemplateObject,
  textOf,
  Tuple,
  Undefined,
  type Keywords,
  type Value,
} from './values.ts'

/** A test on a value. */
export type Test = (
  render: Render,
  value: Value,
  args: readonly Value[],
  keywords: Keywords,
) => boolean

const test = (
  name: string,
  parameters: Parameters,
  body: (render: Render, value: Value, other: Value) => boolean,
): readonly [string, Test] => [
  name,
  (render, value, args, keywords) =>
    body(render, value, bindArguments(name, parameters, args, keywords)[0] ?? null),
]

const plain = (name: string, body: (value: Value, render: Render) => boolean) =>
  test(name, {}, (render, value) => body(value, render))

const against = (
  names: readonly string[],
  body: (render: Render, value: Value, other: Value) => boolean,
) => names.map((name) => test(name, { other: required }, body))

const ordered = (order: Order, ...names: string[]) =>
  against([order, ...names], (render, a, b) => isOrdered(render, order, a, b))

const remainder = (render: Render, value: Value, by: Value) => operate(render, '%', value, by)

function isCased(render: Render, value: Value, predicate: string): boolean {
  const text = toText(render, value)
  render.budget.read(text.length)
  return predicates[predicate]!(render.seen(text))
}

const isSequence = (value: Value, render: Render) =>
  sizeOf(render, value) !== undefined &&
  (isList(value) ||
    value instanceof Tuple ||
    value instanceof Dict ||
    value instanceof Range ||
    value instanceof Undefined ||
    textOf(value) !== undefined)

const tests: ReadonlyMap<string, Test> = new Map([
  plain('defined', (value) => !(value instanceof Undefined)),
  plain('undefined', (value) => value instanceof Undefined),
  plain('none', (value) => value === null),
  plain('boolean', (value) => typeof value === 'boolean'),
  plain('true', (value) => value === true),
  plain('false', (value) => value === false),
  plain('integer', (value) => typeof value !== 'boolean' && intOf(value) !== undefined),
  plain('float', (value) => value instanceof Float),
  plain('number', (value) => numberOf(value) !== undefined),
  plain('string', (value) => textOf(value) !== undefined),
  plain('mapping', (value) => value instanceof Dict),
  plain('sequence', isSequence),
  plain('iterable', (value, render) => itemsOf(render, value) !== undefined),
  plain('callable', (value) => isCallable(value)),
  plain('escaped', (value) => value instanceof Markup),
  plain('lower', (value, render) => isCased(render, value, 'islower')),
  plain('upper', (value, render) => isCased(render, value, 'isupper')),
  plain('odd', (value, render) => isEqual(render, remainder(render, value, 2), 1)),
  plain('even', (value, render) => isEqual(render, remainder(render, value, 2), 0)),
  plain('filter', (value, render) => render.language.filter(textOf(value) ?? '') !== undefined),
  plain('test', (value) => testOf(textOf(value) ?? '') !== undefined),
  test('divisibleby', { num: required }, (render, value, by) =>
    isEqual(render, remainder(render, value, by), 0),
  ),
  test('sameas', { other: required }, (_render, value, other) => value === other),
  test('in', { seq: required }, isIn),
  ...against(['==', 'eq', 'equalto'], isEqual),
  ...against(['!=', 'ne'], (render, a, b) => !isEqual(render, a, b)),
  ...ordered('<', 'lt', 'lessthan'),
  ...ordered('<=', 'le'),
  ...ordered('>', 'gt', 'greaterthan'),
  ...ordered('>=', 'ge'),
])

const isCallable = (value: Value) =>
  value instanceof Undefined || (value instanceof TemplateObject && value.call !== undefined)

/** A test by name; undefined when there is none. */
export function testOf(name: string): Test | undefined {
  return tests.get(name)
}
