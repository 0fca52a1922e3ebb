import * as addon from '@heddle/native'
import { expect, test } from 'vitest'
import { full, tensor } from './create.ts'
import { empty } from './empty.ts'
import { enqueueEventRecord, enqueueEventWait, launch } from './encoder.ts'
import { memory, setMemoryBudget, synchronize } from './memory.ts'
import { receiveTensor, transferTensor } from './transfer.ts'

test('a failed command poisons its outputs and what is computed from them, nothing else', async () => {
  const good = full([4], 1)
  const bad = empty('test', [4], 'f32')
  launch('failpoint', 'o', [bad], (p) => p.u32(0))
  const derived = bad.clone()
  const further = derived.clone()
  const beside = good.clone()
  await expect(further.data()).rejects.toMatchObject({
    code: 'ERR_INTERNAL',
    message: expect.stringContaining('failpoint'),
  })
  await expect(derived.data()).rejects.toMatchObject({ code: 'ERR_INTERNAL' })
  expect(await beside.tolist()).toEqual([1, 1, 1, 1])
  const refused = empty('test', [4], 'f32')
  launch('failpoint', 'o', [refused], (p) => p.u32(1))
  await expect(refused.data()).rejects.toMatchObject({
    code: 'ERR_FAILPOINT',
    details: { op: 'failpoint' },
  })
  await synchronize()
  for (const t of [good, bad, derived, further, beside, refused]) t.dispose()
})

test('slots are recycled and an old generation never reads the new owner', async () => {
  for (let i = 0; i < 5_000; i++) {
    const t = full([16], i)
    if (i % 100 === 0) expect((await t.data())[15]).toBe(i)
    t.dispose()
  }
  await synchronize()
  expect(memory().device.buffers).toBeLessThan(50)
})

test('a full command buffer chains on without blocking or losing commands', async () => {
  const tensors = Array.from({ length: 30_000 }, (_, i) => full([1], i))
  expect(await tensors[29_999]!.item()).toBe(29_999)
  expect(await tensors[17]!.item()).toBe(17)
  for (const t of tensors) t.dispose()
})

test('an allocation beyond the budget is a typed error with its numbers, and the stream goes on', async () => {
  const { budget } = memory().device
  setMemoryBudget(64 * 2 ** 20)
  try {
    const big = full([64 * 2 ** 20], 1)
    const after = big.clone()
    await expect(after.data()).rejects.toMatchObject({
      code: 'ERR_OUT_OF_MEMORY',
      name: 'OutOfMemoryError',
    })
    await expect(big.data()).rejects.toThrow(/budget of 64.0 MiB; got a request for 256.0 MiB/)
    expect(() => tensor(new Float32Array(32 * 2 ** 20))).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_MEMORY' }),
    )
    big.dispose()
    after.dispose()
    const small = full([4], 2)
    expect(await small.tolist()).toEqual([2, 2, 2, 2])
    small.dispose()
  } finally {
    setMemoryBudget(budget)
  }
  expect(() => setMemoryBudget(NaN)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }))
})

test('events order streams: a recorded event lets its waiter pass', async () => {
  enqueueEventRecord(7)
  enqueueEventWait(7)
  const t = full([1], 4)
  expect(await t.item()).toBe(4)
  t.dispose()
})

test('a transferred tensor arrives whole', async () => {
  const source = tensor([
    [1, 2],
    [3, 4],
  ]).transpose(0, 1)
  const arrived = receiveTensor(structuredClone(transferTensor(source)))
  source.dispose()
  expect(await arrived.tolist()).toEqual([
    [1, 3],
    [2, 4],
  ])
  arrived.dispose()
})

test('uploads are copied at the call: what happens to the array later does not matter', async () => {
  for (let i = 0; i < 500; i++) {
    const data = new Float32Array(4096).fill(i)
    const t = tensor(data)
    data.fill(-1)
    if (i % 2) structuredClone(data, { transfer: [data.buffer] })
    const values = await t.data()
    expect(values[0]).toBe(i)
    expect(values[4095]).toBe(i)
    t.dispose()
  }
})

test('no exported function changes the floating-point state of the JavaScript thread', async () => {
  const misuse: unknown[][] = [[], [0], ['x'], [NaN, NaN, NaN, NaN]]
  for (const [name, fn] of Object.entries(addon.functions)) {
    if (name === 'setMemoryBudget' || name === 'setThreads' || name === 'openEnvironment') continue
    for (const args of misuse) {
      try {
        ;(fn as (...values: unknown[]) => unknown)(...args)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
      expect(5e-324 * 1).toBe(5e-324)
      expect(0.1 + 0.2).toBe(0.30000000000000004)
    }
  }
  await synchronize()
})
