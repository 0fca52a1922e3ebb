import type { Render } from './render.ts'
import { templateFault } from './template-fault.ts'
import { Callable, TemplateObject, typeName, type Value } from './values.ts'

/** Jinja's sandbox has the same limit. */
const MAX_RANGE = 100_000

/** A Python range. */
export class Range extends TemplateObject {
  readonly typeName = 'range'
  readonly start: number
  readonly stop: number
  readonly step: number
  readonly size: number

  constructor(start: number, stop: number, step: number) {
    super()
    this.start = start
    this.stop = stop
    this.step = step
    this.size = Math.max(0, Math.ceil((stop - start) / step))
  }

  represent(): string {
    return `range(${this.start}, ${this.stop}${this.step === 1 ? '' : `, ${this.step}`})`
  }

  at(index: number): number {
    return this.start + index * this.step
  }

  includes(value: number): boolean {
    const index = (value - this.start) / this.step
    return Number.isInteger(index) && index >= 0 && index < this.size
  }

  equals(other: Range): boolean {
    if (this.size !== other.size) return false
    return (
      this.size === 0 ||
      (this.start === other.start && (this.size === 1 || this.step === other.step))
    )
  }

  override *iterate(): Iterable<Value> {
    for (let i = 0; i < this.size; i++) yield this.at(i)
  }

  override length(): number {
    return this.size
  }

  override attribute(name: string): Value | undefined {
    return name === 'start' || name === 'stop' || name === 'step' ? this[name] : undefined
  }
}

/** The `range` of templates. */
export const rangeFunction = new Callable('range', (_render: Render, args, keywords) => {
  if (keywords.size > 0) throw templateFault('TypeError', 'range() takes no keyword arguments')
  if (args.length < 1 || args.length > 3) {
    throw templateFault('TypeError', `range expected 1 to 3 arguments, got ${args.length}`)
  }
  const numbers = args.map((arg) => {
    if (typeof arg === 'number') return arg
    if (typeof arg === 'boolean' || typeof arg === 'bigint') return Number(arg)
    throw templateFault(
      'TypeError',
      `'${typeName(arg)}' object cannot be interpreted as an integer`,
    )
  })
  const [start, stop, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers
  if (step === 0) throw templateFault('ValueError', 'range() arg 3 must not be zero')
  const range = new Range(start!, stop!, step)
  if (!(range.size <= MAX_RANGE)) {
    throw templateFault(
      'OverflowError',
      `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${MAX_RANGE}).`,
    )
  }
  return range
})
