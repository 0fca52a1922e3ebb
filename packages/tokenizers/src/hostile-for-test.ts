// Ways to break files, for tests.
import { files, type Json } from './every-component-for-test.ts'

/** Numbers in [0, 1) that are the same on every run. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const values: readonly Json[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1,
    1.5,
    255,
    2 ** 24,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 53,
    1e308,
    -0.0001,
  ],
  ...[
    '',
    'a',
    'x'.repeat(5000),
    '\ud800',
    '\u0000',
    '__proto__',
    '<0x-1>',
    '<0xZZ>',
    '(a+)+$',
    '[',
    'C',
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    { type: 'Sequence' },
    { String: '' },
    { Regex: '' },
  ],
]

/** The places of a JSON tree: each with what holds it. */
function places(
  value: Json,
  found: [holder: Json[] | { [key: string]: Json }, key: string][] = [],
) {
  if (typeof value !== 'object' || value === null) return found
  for (const key of Object.keys(value)) {
    const holder = value as { [key: string]: Json }
    found.push([holder, key])
    places(holder[key]!, found)
  }
  return found
}

/** A copy of `file` with one to three things wrong; other parts may come from any of `files`. */
export function broken(file: Json, next: () => number): Json {
  const copy = structuredClone(file)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  for (let count = 1 + Math.floor(next() * 3); count > 0; count--) {
    const all = places(copy)
    if (all.length === 0) break
    const [holder, key] = pick(all)
    const target = holder as { [key: string]: Json }
    const choice = next()
    if (choice < 0.45) target[key] = structuredClone(pick(values))
    else if (choice < 0.6) {
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else delete target[key]
    } else if (choice < 0.75) {
      const [other, name] = pick(places(pick(files)))
      target[key] = structuredClone((other as { [key: string]: Json })[name]!)
    } else if (choice < 0.85 && Array.isArray(holder))
      holder.push(structuredClone(holder[Number(key)]!))
    else if (choice < 0.95) {
      const name = pick([
        'type',
        'vocab',
        '__proto__',
        'constructor',
        'ids',
        'id',
        'tokens',
        key + key,
      ])
      Object.defineProperty(target, name, {
        value: target[key]!,
        enumerable: true,
        writable: true,
        configurable: true,
      })
    } else {
      const number = target[key]
      target[key] =
        typeof number === 'number'
          ? pick([-number, number + 1, number * 1e6, number / 3])
          : [number!]
    }
  }
  // An index may have left a gap, which no JSON has.
  return JSON.parse(JSON.stringify(copy))
}

/** A copy of `bytes` with one to four bytes changed, cut out, put in, or the end cut off. */
export function brokenBytes(bytes: Uint8Array, next: () => number): Uint8Array {
  const list = [...bytes]
  for (let count = 1 + Math.floor(next() * 4); count > 0; count--) {
    const at = Math.floor(next() * (list.length + 1))
    const choice = next()
    if (choice < 0.5) list[Math.min(at, list.length - 1)] = Math.floor(next() * 256)
    else if (choice < 0.7) list.splice(at, 1 + Math.floor(next() * 8))
    else if (choice < 0.9)
      list.splice(at, 0, ...Array.from({ length: 1 + Math.floor(next() * 10) }, () => 0xff))
    else list.length = at
  }
  return Uint8Array.from(list)
}
