import { setFlagsFromString } from 'node:v8'
import { setImmediate as turn } from 'node:timers/promises'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { full, tensor } from '../create.ts'
import { HeddleError } from '../errors.ts'
import { currentGroup } from '../group.ts'
import { memory, synchronize } from '../memory.ts'
import { indexSelect } from '../ops/index-select.ts'
import { Scope, scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { Random } from './random.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

let before = { tensors: 0, bytes: 0, buffers: 0 }
const now = () => {
  const { tensors, bytes, device } = memory()
  return { tensors, bytes, buffers: device.buffers }
}
beforeEach(async () => {
  await synchronize()
  before = now()
})
afterEach(async () => {
  await synchronize()
  expect(now()).toEqual(before)
})

/** What the model knows of a tensor: its storage and whether it lives. */
interface Entry {
  tensor: Tensor
  storage: { bytes: number; users: number }
  alive: boolean
}

class Model {
  readonly entries: Entry[] = []
  tensors = 0
  bytes = 0

  add(tensor: Tensor, storage?: Entry['storage']): Entry {
    const entry = { tensor, storage: storage ?? { bytes: 4 * tensor.size, users: 0 }, alive: true }
    this.tensors++
    if (entry.storage.users++ === 0) this.bytes += entry.storage.bytes
    this.entries.push(entry)
    return entry
  }

  end(entry: Entry): void {
    if (!entry.alive) return
    entry.alive = false
    this.tensors--
    if (--entry.storage.users === 0) this.bytes -= entry.storage.bytes
  }
}

/** One random step on the model and on the tensors; returns what to do when the sequence ends. */
function act(r: Random, model: Model, open: Scope[], depth: number): void {
  const entry = model.entries.length > 0 ? r.pick(model.entries) : undefined
  const own = open.length > 0 ? r.pick(open) : undefined
  const make = (run: () => Tensor, storage?: Entry['storage']) => {
    if (entry && !entry.alive) {
      let code = 'none'
      try {
        run()
      } catch (error) {
        code = HeddleError.isInstance(error) ? error.code : String(error)
      }
      if (code !== 'ERR_TENSOR_DISPOSED') throw new RangeError(`a disposed tensor gave ${code}`)
    } else model.add(run(), storage)
  }
  switch (entry ? r.below(11) : 0) {
    case 0:
      model.add(full([1 + r.below(8)], 1))
      break
    case 1:
      make(() => entry!.tensor.slice(0, 0, r.below(3)), entry!.storage)
      break
    case 2:
      make(() => entry!.tensor.to('f32'), entry!.storage)
      break
    case 3: {
      const { alive, tensor: t } = entry!
      make(() => t.clone(), alive ? { bytes: 4 * t.size, users: 0 } : undefined)
      break
    }
    case 4:
    case 5:
      entry!.tensor.dispose()
      model.end(entry!)
      break
    case 6: {
      // A scope that keeps one of the two tensors it makes, or throws.
      if (depth > 2) break
      const inside = new Model()
      let kept: Entry | undefined
      try {
        const out = scope(() => {
          const a = full([3], 1)
          full([5], 2)
          if (r.below(3) === 0) throw new RangeError('stop')
          for (let i = r.below(4); i > 0; i--) act(r, inside, [], depth + 1)
          return {
            a,
            list: inside.entries.filter((e) => e.alive && r.below(2) === 0).map((e) => e.tensor),
          }
        })
        kept = model.add(out.a)
        for (const e of inside.entries) {
          if (!out.list.includes(e.tensor)) continue
          const shared = model.entries.find((x) => x.storage === e.storage)?.storage
          e.storage.users = shared ? e.storage.users : 0
          model.add(e.tensor, e.storage)
        }
      } catch (error) {
        if (!(error instanceof RangeError) || error.message !== 'stop' || kept) throw error
      }
      break
    }
    case 7:
      open.push(new Scope())
      break
    case 8:
      if (own) model.add(own.run(() => full([2], 3)))
      break
    case 9:
      if (own && entry!.alive) own.detach(entry!.tensor)
      break
    default:
      if (own && r.below(2) === 0) {
        open.splice(open.indexOf(own), 1)
        own.dispose()
        own.dispose()
        for (const e of model.entries) if (e.alive && e.tensor.isDisposed) model.end(e)
      }
  }
}

test('random lives of tensors follow a model; every counter returns', async () => {
  const r = new Random(9)
  const start = now()
  const { rescued } = memory()
  let lost = 0
  for (let round = 0; round < 20_000; round++) {
    const model = new Model()
    const open: Scope[] = []
    for (let i = 0; i < 8; i++) {
      act(r, model, open, 0)
      if (lost === 0 || i === 7) {
        const { tensors, bytes } = memory()
        const right =
          lost === 0
            ? tensors - start.tensors === model.tensors && bytes - start.bytes === model.bytes
            : tensors - start.tensors >= model.tensors
        if (!right)
          throw new RangeError(
            `round ${round}, step ${i}: ${tensors} tensors, ${bytes} bytes; want ${model.tensors}, ${model.bytes}`,
          )
      }
    }
    for (const own of open) own.dispose()
    // Some are dropped instead of disposed: the collector finds them.
    const drop = round > 15_000 && round % 10 === 0
    for (const e of model.entries) {
      if (drop && e.alive && !e.tensor.isDisposed) lost++
      else e.tensor.dispose()
    }
    if (round % 1000 === 999) {
      gc()
      await turn()
    }
  }
  for (let i = 0; i < 100 && memory().tensors > start.tensors; i++) {
    gc()
    await turn()
  }
  expect(lost).toBeGreaterThan(500)
  expect(memory().rescued - rescued).toBe(lost)
})

test('a scope with ten thousand queued commands is cancelled at once', async () => {
  const own = new Scope()
  const other = full([1], 5)
  const last = own.run(() => {
    let t = full([1 << 16], 1)
    for (let i = 0; i < 10_000; i++) {
      const next = t.add(1)
      t.dispose()
      t = next
    }
    return t
  })
  const read = last.data()
  read.catch(() => {})
  const start = performance.now()
  own.cancel()
  await expect(read).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  // Ten thousand of them would take some 100 ms at least on the fastest machine; skipping takes a few.
  expect(performance.now() - start).toBeLessThan(1_000)
  expect(await other.item()).toBe(5)
  own.dispose()
  other.dispose()
})

test('cancelling at random moments leaves memory where it was and hurts no other await', async () => {
  const r = new Random(3)
  const beside = tensor([1, 2, 3])
  const codes: Record<string, number> = {}
  for (let round = 0; round < 1_000; round++) {
    const own = new Scope()
    const reads: Promise<unknown>[] = []
    const at = r.below(40)
    for (let i = 0; i < 20; i++) {
      const t = own.run(() => full([64], i).add(1).mul(beside.sum()))
      if (i % 5 === 0) {
        reads.push(t.data())
        reads.at(-1)!.catch(() => {}) // Its end is looked at below.
      }
      if (i === at) own.cancel()
      if (r.below(30) === 0) await turn()
    }
    const other = beside.sum()
    const ends = await Promise.allSettled([other.item(), ...reads])
    if (r.below(2) === 0) own.cancel()
    own.dispose()
    other.dispose()
    const [mine, ...theirs] = ends
    if (mine!.status !== 'fulfilled' || mine.value !== 6)
      throw new RangeError(`round ${round}: ${JSON.stringify(mine)}`)
    for (const end of theirs) {
      const code = end.status === 'fulfilled' ? 'read' : String((end.reason as HeddleError).code)
      codes[code] = (codes[code] ?? 0) + 1
    }
  }
  expect(Object.keys(codes).sort()).toEqual(['ERR_ABORTED', 'read'])
  beside.dispose()
})

test('the number of a cancelled group is not given to the next scope', async () => {
  for (let round = 0; round < 200; round++) {
    const own = new Scope()
    let group = own.run(() => currentGroup())
    const t = own.run(() => full([4], 1).add(1))
    own.cancel()
    own.dispose()
    const next = new Scope()
    expect(next.run(() => currentGroup())).not.toBe(group)
    const mine = next.run(() => full([1], round))
    expect(await mine.item()).toBe(round)
    next.dispose()
    group = next === own ? group : 0
    expect(t.isDisposed).toBe(true)
  }
})

test('a failing command hurts what is computed from it and nothing else', async () => {
  const r = new Random(11)
  const table = full([4, 2], 1)
  await Promise.all(
    Array.from({ length: 300 }, async (_, i) => {
      const bad = r.below(3) === 0
      const own = new Scope()
      const ids = own.run(() => tensor([bad ? 4 + i : i % 4]))
      const out = own.run(() =>
        table.permute([1, 0]).contiguous().matmul(table).sum().add(ids.to('f32').mul(0)),
      )
      const picked = own.run(() => indexSelect(table, ids, 0).sum())
      expect(await out.item()).toBe(16)
      const end = await picked.item().catch((error: HeddleError) => error.code)
      expect(end).toBe(bad ? 'ERR_INDEX' : 2)
      own.dispose()
    }),
  )
  table.dispose()
})
