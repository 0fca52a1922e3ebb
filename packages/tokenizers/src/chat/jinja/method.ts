import type { Render } from './render.ts'
import { bindArguments, type Parameters } from './parameters.ts'
import type { Keywords, Value } from './values.ts'

/** A method of a type of Python, `self` first. */
export type Method = (
  render: Render,
  self: Value,
  args: readonly Value[],
  keywords: Keywords,
) => Value

/** A method with named parameters. */
export const method =
  (
    name: string,
    parameters: Parameters,
    body: (render: Render, self: Value, ...args: Value[]) => Value,
  ): Method =>
  (render, self, args, keywords) =>
    body(render, self, ...bindArguments(name, parameters, args, keywords))
