import { expect, test } from 'vitest'
import { HeddleError } from '../errors.ts'
import { arange } from '../ops/arange.ts'
import { memory, synchronize } from '../memory.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { Random } from './random.ts'

// Random chains of views against a model that copies: what the model allows gives its values, everything
// else is an error with a code.

interface Model {
  shape: number[]
  values: number[]
}

const hostile = [
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 32 + 1,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53),
  2 ** 63,
  1e308,
  -1e308,
  Number.NaN,
  Infinity,
  -Infinity,
  0.5,
  -1.5,
  100,
  -100,
]
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** The elements of `m` that `index` (a position in the new shape) names. */
function build(shape: number[], m: Model, source: (index: number[]) => number[]): Model {
  const values: number[] = []
  const index = shape.map(() => 0)
  for (let i = 0; i < sizeOf(shape); i++) {
    const from = source(index)
    values.push(m.values[from.reduce((at, k, axis) => at * m.shape[axis]! + k, 0)]!)
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--)
      index[axis] = 0
  }
  return { shape, values }
}

const axisOf = (axis: number, rank: number): number | undefined =>
  Number.isInteger(axis) && axis >= -rank && axis < rank ? (axis + rank) % rank : undefined

function slice(
  m: Model,
  axis: number,
  start: number,
  end: number,
  step: number,
): Model | undefined {
  const at = axisOf(axis, m.shape.length)
  if (at === undefined || ![start, end, step].every(Number.isInteger) || step < 1) return undefined
  const dim = m.shape[at]!
  const list = Array.from({ length: dim }, (_, i) => i).slice(start, end)
  const kept = list.filter((_, i) => i % step === 0)
  return build(m.shape.with(at, kept.length), m, (index) => index.with(at, kept[index[at]!]!))
}

function select(m: Model, axis: number, index: number): Model | undefined {
  const at = axisOf(axis, m.shape.length)
  const i = at === undefined ? undefined : axisOf(index, m.shape[at]!)
  if (at === undefined || i === undefined) return undefined
  return build(m.shape.toSpliced(at, 1), m, (rest) => rest.toSpliced(at, 0, i))
}

function permute(m: Model, axes: number[]): Model | undefined {
  const order = axes.map((axis) => axisOf(axis, m.shape.length))
  if (
    order.length !== m.shape.length ||
    order.includes(undefined) ||
    new Set(order).size !== order.length
  )
    return undefined
  return build(
    order.map((axis) => m.shape[axis!]!),
    m,
    (index) => m.shape.map((_, axis) => index[order.indexOf(axis)]!),
  )
}

const plausible = (shape: readonly number[]) =>
  shape.length <= 8 && shape.every((dim) => Number.isInteger(dim) && dim >= 0 && dim < 2 ** 31)

function reshape(m: Model, shape: number[]): Model | undefined {
  const open = shape.filter((dim) => dim === -1).length
  const known = sizeOf(shape.filter((dim) => dim !== -1))
  const next = shape.map((dim) => (dim === -1 ? sizeOf(m.shape) / known : dim))
  if (
    open > 1 ||
    (open === 1 && known === 0) ||
    !plausible(next) ||
    sizeOf(next) !== sizeOf(m.shape)
  )
    return undefined
  return { shape: next, values: m.values }
}

function expand(m: Model, shape: number[]): Model | undefined {
  const lead = shape.length - m.shape.length
  const next = shape.map((dim, i) => (dim === -1 && i >= lead ? m.shape[i - lead]! : dim))
  if (lead < 0 || !plausible(next)) return undefined
  if (m.shape.some((dim, i) => dim !== next[lead + i] && dim !== 1)) return undefined
  // Larger ones are allowed up to 2^53 elements: too many for a model.
  if (sizeOf(next) > 4096) return { shape: next, values: [] }
  return build(next, m, (index) => m.shape.map((dim, i) => (dim === 1 ? 0 : index[lead + i]!)))
}

type Step = [name: string, run: (t: Tensor) => Tensor, model: Model | undefined]

function step(r: Random, m: Model): Step {
  const rank = m.shape.length
  const number = (n: number) => (r.below(12) === 0 ? r.pick(hostile) : r.below(2 * n + 3) - n - 1)
  const axis = () => number(rank)
  switch (r.below(8)) {
    case 0:
    case 1: {
      const at = axis()
      const dim = m.shape[axisOf(at, rank) ?? 0] ?? 1
      const [start, end, by] = [number(dim), number(dim), r.below(4) === 0 ? number(3) : 1]
      return [
        `slice ${at} ${start} ${end} ${by}`,
        (t) => t.slice(at, start, end, by),
        slice(m, at, start, end, by),
      ]
    }
    case 2: {
      const at = axis()
      const index = number(m.shape[axisOf(at, rank) ?? 0] ?? 1)
      return [`select ${at} ${index}`, (t) => t.select(at, index), select(m, at, index)]
    }
    case 3: {
      const axes = m.shape.map((_, i) => i).sort(() => r.unit() - 0.5)
      if (r.below(5) === 0 && rank > 0) axes[r.below(rank)] = axis()
      if (r.below(9) === 0) axes.push(axis())
      return [`permute ${axes}`, (t) => t.permute(axes), permute(m, axes)]
    }
    case 4: {
      const size = sizeOf(m.shape)
      const parts: number[] = []
      let left = size
      while (left > 1 && parts.length < 6) {
        const part = [2, 3, 4, left].find((p) => left % p === 0 && r.below(2) === 0) ?? left
        parts.push(left % part === 0 ? part : left)
        left /= parts.at(-1)!
      }
      if (size === 0) parts.push(0, r.below(3))
      if (r.below(3) === 0) parts.splice(r.below(parts.length + 1), 0, 1)
      if (r.below(4) === 0 && parts.length > 0) parts[r.below(parts.length)] = -1
      if (r.below(8) === 0 && parts.length > 0) parts[r.below(parts.length)] = r.pick(hostile)
      return [`reshape ${parts}`, (t) => t.reshape(parts), reshape(m, parts)]
    }
    case 5: {
      const shape = m.shape.map((dim) => (dim === 1 ? r.pick([1, 2, 3]) : r.pick([dim, dim, -1])))
      for (let i = r.below(3); i > 0; i--) shape.unshift(r.pick([1, 2, 2, -1]))
      if (r.below(6) === 0 && shape.length > 0) shape[r.below(shape.length)] = number(4)
      return [`expand ${shape}`, (t) => t.expand(shape), expand(m, shape)]
    }
    case 6: {
      const at = axis()
      const place = axisOf(at, rank + 1)
      const next = place === undefined ? [] : m.shape.toSpliced(place, 0, 1)
      const fits = place !== undefined && next.length <= 8
      return [`unsqueeze ${at}`, (t) => t.unsqueeze(at), fits ? { ...m, shape: next } : undefined]
    }
    default: {
      const [a, b] = [axis(), axis()]
      const [i, j] = [axisOf(a, rank), axisOf(b, rank)]
      const axes = m.shape.map((_, k) => (k === i ? j! : k === j ? i! : k))
      const model = i === undefined || j === undefined ? undefined : permute(m, axes)
      return [`transpose ${a} ${b}`, (t) => t.transpose(a, b), model]
    }
  }
}

test('chains of views follow the model, and what it forbids is an error', async () => {
  const r = new Random(5)
  const before = memory().tensors
  let refused = 0
  let compared = 0
  for (let round = 0; round < 3_000; round++) {
    let model: Model = { shape: [2, 3, 4], values: Array.from({ length: 24 }, (_, i) => i) }
    const path: string[] = []
    const { out, strided } = scope(() => {
      let t = arange(0, 24).reshape(model.shape)
      for (let i = 0; i < 6; i++) {
        const [name, run, next] = step(r, model)
        path.push(name)
        let made: Tensor | undefined
        try {
          made = run(t)
        } catch (error) {
          const code = HeddleError.isInstance(error) ? error.code : String(error)
          if (next !== undefined || !/^ERR_SHAPE(_OVERFLOW)?$/.test(code))
            throw new RangeError(`[${model.shape}] ${path.join(', ')}: ${error}`)
          refused++
          continue
        }
        if (next === undefined)
          throw new RangeError(`[${model.shape}] ${path.join(', ')}: accepted`)
        if (sizeOf(next.shape) > 4096) continue
        t = made
        model = next
      }
      return { out: t.clone(), strided: t }
    })
    const values = await strided.data()
    const copied = await out.data()
    const right = (got: ArrayLike<number | bigint>) =>
      got.length === model.values.length && model.values.every((v, i) => Number(got[i]) === v)
    if (strided.shape.join() !== model.shape.join() || !right(values) || !right(copied))
      throw new RangeError(
        `${path.join(', ')}: got [${strided.shape}] ${values}, want [${model.shape}] ${model.values}`,
      )
    compared++
    out.dispose()
    strided.dispose()
  }
  expect(compared).toBe(3_000)
  expect(refused).toBeGreaterThan(3_000)
  await synchronize()
  expect(memory().tensors).toBe(before)
})

test('shapes whose sizes overflow are refused where they are made', () => {
  const huge = scope(() => arange(0, 1).expand([2 ** 31 - 1, 2 ** 21]))
  const codes: Record<string, () => Tensor> = {
    rank: () => huge.expand([1, 1, 1, 1, 1, 1, 1, 2 ** 31 - 1, 2 ** 21]),
    elements: () => huge.expand([4, 2 ** 31 - 1, 2 ** 21]),
    dimension: () => huge.reshape([-1]),
    bytes: () =>
      huge
        .to('f64')
        .clone()
        .expand([2, 2 ** 31 - 1, 2 ** 21]),
  }
  for (const [name, run] of Object.entries(codes)) {
    let code = 'accepted'
    try {
      scope(() => void run())
    } catch (error) {
      code = HeddleError.isInstance(error) ? error.code : String(error)
    }
    expect({ name, code }).toEqual({
      name,
      code: name === 'rank' ? 'ERR_SHAPE' : 'ERR_SHAPE_OVERFLOW',
    })
  }
  huge.dispose()
})
