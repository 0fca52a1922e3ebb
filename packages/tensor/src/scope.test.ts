import { afterEach, beforeEach, expect, test } from 'vitest'
import { full, tensor } from './create.ts'
import { memory, synchronize } from './memory.ts'
import { Scope, scope, unscoped } from './scope.ts'
import type { Tensor } from './tensor.ts'

let before = { tensors: 0, bytes: 0 }
beforeEach(() => {
  const { tensors, bytes } = memory()
  before = { tensors, bytes }
})
afterEach(async () => {
  const { tensors, bytes } = memory()
  expect({ tensors, bytes }).toEqual(before)
  await synchronize()
})

test('a scope frees what it does not return, also through nesting and containers', async () => {
  const kept = scope(() => {
    const a = full([4], 1)
    const inner = scope(() => [full([4], 2), full([4], 3)])
    full([4], 9)
    return { a, list: inner, map: new Map([['b', full([2], 5)]]) }
  })
  expect(memory().tensors - before.tensors).toBe(4)
  expect(await kept.list[1]!.tolist()).toEqual([3, 3, 3, 3])
  for (const t of [kept.a, ...kept.list, kept.map.get('b')!]) t.dispose()
})

test('a throwing scope frees everything', () => {
  expect(() =>
    scope(() => {
      full([4], 1)
      throw new RangeError('stop')
    }),
  ).toThrow('stop')
})

test('a scope refuses asynchronous callbacks and says what to use', () => {
  expect(() => scope(async () => full([4], 1))).toThrow('Use `new Scope()`')
})

test('a disposed tensor throws, disposing twice does not', async () => {
  const a = full([2], 1)
  a.dispose()
  a.dispose()
  expect(() => a.storage).toThrow('must not be used after dispose()')
  await expect(a.data()).rejects.toMatchObject({ code: 'ERR_TENSOR_DISPOSED' })
})

test('a view keeps its memory when the original goes', async () => {
  const a = tensor([
    [1, 2],
    [3, 4],
  ])
  const view = a.select(0, 1)
  a.dispose()
  expect(await view.tolist()).toEqual([3, 4])
  view.dispose()
})

test('explicit scopes of interleaved calls never free each other', async () => {
  const one = new Scope()
  const two = new Scope()
  const work = async (own: Scope, value: number): Promise<void> => {
    let t: Tensor = own.run(() => full([8], value))
    for (let i = 0; i < 5; i++) {
      expect(await t.tolist()).toEqual(Array(8).fill(value))
      t = own.run(() => t.clone())
    }
  }
  await Promise.all([work(one, 1), work(two, 2)])
  one.dispose()
  const alive = two.run(() => full([1], 6))
  expect(await alive.item()).toBe(6)
  two.dispose()
  expect(() => two.run(() => 0)).toThrow('disposed')
})

test('unscoped and detached tensors outlive the scope', async () => {
  const own = new Scope()
  const free = scope(() => unscoped(() => full([1], 3)))
  const out = own.detach(own.run(() => full([1], 4)))
  own.dispose()
  expect([await free.item(), await out.item()]).toEqual([3, 4])
  free.dispose()
  out.dispose()
})

test('cancelling skips the queued commands of that scope only', async () => {
  const own = new Scope()
  const other = full([1], 5)
  own.cancel() // nothing was queued: harmless
  const lost = own.run(() => {
    let t = full([1 << 20], 1)
    for (let i = 0; i < 50; i++) t = t.clone()
    return t
  })
  own.cancel()
  await expect(lost.data()).rejects.toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError' })
  own.dispose()
  expect(await other.item()).toBe(5)
  const again = new Scope()
  expect(await again.run(() => full([1], 8)).item()).toBe(8)
  again.dispose()
  other.dispose()
})
