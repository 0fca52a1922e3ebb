import { expect, test } from 'vitest'
import { capture } from './capture.ts'
import { tensor, zeros } from './create.ts'
import { memory, setMemoryBudget, synchronize } from './memory.ts'
import { add } from './ops/add.ts'
import { assign } from './ops/assign.ts'
import { gather } from './ops/gather.ts'
import { increment } from './ops/increment.ts'
import { matmul } from './ops/matmul.ts'
import { mul } from './ops/mul.ts'
import { Scope, scope } from './scope.ts'

const codeOf = async (fn: () => unknown): Promise<string> => {
  try {
    await fn()
    return 'none'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('records without running, and replays what it recorded', async () => {
  const state = tensor([1, 2, 3])
  const program = capture(() => {
    const doubled = mul(state, 2)
    const both = add(doubled, tensor([1, 0, 0])) // host data is part of the program
    assign(state, both)
    return add(state, 0)
  })
  expect(await state.tolist()).toEqual([1, 2, 3])
  program.replay()
  expect(await state.tolist()).toEqual([3, 4, 6])
  expect(await program.result.tolist()).toEqual([3, 4, 6])
  for (let i = 0; i < 3; i++) program.replay()
  expect(await program.result.tolist()).toEqual([31, 32, 48])
  program.dispose()
  program.dispose()
  expect(await program.result.tolist()).toEqual([31, 32, 48])
  expect(await codeOf(() => program.replay())).toBe('ERR_TENSOR_DISPOSED')
  state.dispose()
  program.result.dispose()
})

test('host data that is changed in place is fresh in each replay', async () => {
  const out = zeros([2])
  const program = capture(() => {
    const start = tensor([5, 6])
    increment(start, 1)
    assign(out, start)
  })
  program.replay()
  program.replay()
  expect(await out.tolist()).toEqual([6, 7])
  program.dispose()
  out.dispose()
})

test('temporaries share memory by their lifetimes, and all of it comes back', async () => {
  await synchronize()
  const before = memory()
  const x = zeros([256, 256])
  const program = capture(() => {
    let y = add(x, 1)
    for (let i = 0; i < 50; i++) {
      const next = add(y, 1)
      y.dispose()
      y = next
    }
    return y
  })
  await synchronize()
  // x, the result and one more, not fifty.
  expect(memory().device.allocated - before.device.allocated).toBe(3 * 256 * 256 * 4)
  for (let i = 0; i < 20; i++) program.replay()
  expect((await program.result.data())[0]).toBe(51)
  program.dispose()
  program.result.dispose()
  x.dispose()
  await synchronize()
  const after = memory()
  expect(after.device.allocated).toBe(before.device.allocated)
  expect(after.tensors).toBe(before.tensors)
  expect(after.bytes).toBe(before.bytes)
})

test('equals the same operations without capture, bit by bit', async () => {
  const weights = tensor(Float32Array.from({ length: 48 * 48 }, (_, i) => Math.sin(i) / 7))
  const w = weights.reshape([48, 48])
  const start = Float32Array.from({ length: 48 }, (_, i) => Math.cos(i))
  const step = (x: ReturnType<typeof tensor>) => assign(x, matmul(x, w).tanh())
  const eager = tensor(start).reshape([1, 48])
  const replayed = tensor(start).reshape([1, 48])
  const program = capture(() => step(replayed))
  for (let i = 0; i < 40; i++) {
    scope(() => step(eager))
    program.replay()
  }
  expect(await replayed.data()).toEqual(await eager.data())
  program.dispose()
  for (const t of [weights, w, eager, replayed]) t.dispose()
})

test('refuses what cannot be replayed, and leaves nothing behind', async () => {
  await synchronize()
  const before = memory()
  const x = tensor([1, 2])
  for (const wait of [() => x.data(), synchronize]) {
    let waiting: Promise<unknown> | undefined
    const program = capture(() => {
      waiting = wait()
      waiting.catch(() => {})
    })
    expect(await codeOf(() => waiting)).toBe('ERR_CAPTURE')
    program.dispose()
  }
  expect(await codeOf(() => capture(() => capture(() => add(x, 1))))).toBe('ERR_CAPTURE')
  expect(await codeOf(() => capture(() => tensor(new Float32Array(5000))))).toBe('ERR_CAPTURE')
  expect(await codeOf(() => capture(async () => add(x, 1)))).toBe('ERR_SCOPE_ASYNC')
  expect(
    await codeOf(() =>
      capture(() => {
        add(x, 1)
        throw new RangeError('mine')
      }),
    ),
  ).toBe(undefined)
  expect(
    await codeOf(() =>
      capture(() => {
        const y = add(x, 1)
        x.dispose()
        return y
      }),
    ),
  ).toBe('ERR_CAPTURE')
  await synchronize()
  const after = memory()
  expect(after.tensors).toBe(before.tensors)
  expect(after.device.buffers).toBe(before.device.buffers)
  expect(add(tensor(1), 1).size).toBe(1) // recording is over
})

test('a program whose inputs are gone fails by name', async () => {
  const x = tensor([1, 2])
  const program = capture(() => add(x, 1))
  program.replay()
  expect(await program.result.tolist()).toEqual([2, 3])
  x.dispose()
  program.replay()
  expect(await codeOf(() => program.result.data())).toBe('ERR_CAPTURE')
  program.dispose()
  program.result.dispose()
})

test('a failure in a replay poisons what the program writes, and nothing else', async () => {
  const index = tensor([0])
  const data = tensor([7, 8])
  const state = tensor([0])
  const bystander = tensor([5])
  const program = capture(() => {
    assign(state, gather(data, index, 0))
    increment(index, 1)
    return add(state, 1)
  })
  program.replay()
  program.replay()
  expect(await program.result.tolist()).toEqual([9])
  program.replay()
  expect(await codeOf(() => state.data())).toBe('ERR_INDEX')
  expect(await codeOf(() => program.result.data())).toBe('ERR_INDEX')
  expect(await codeOf(() => index.data())).toBe('ERR_INDEX')
  expect(await data.tolist()).toEqual([7, 8])
  expect(await bystander.tolist()).toEqual([5])
  program.dispose()
  for (const t of [index, data, state, bystander, program.result]) t.dispose()
})

test('a poisoned input and a budget that is too small are told at the result', async () => {
  const bad = gather(tensor([1]), tensor([3]), 0)
  const poisoned = capture(() => add(bad, 1))
  poisoned.replay()
  expect(await codeOf(() => poisoned.result.data())).toBe('ERR_INDEX')
  await synchronize()
  const { allocated } = memory().device
  const budget = memory().device.budget
  try {
    setMemoryBudget(allocated + (1 << 20))
    const large = capture(() => zeros([1 << 22]))
    large.replay()
    expect(await codeOf(() => large.result.data())).toBe('ERR_OUT_OF_MEMORY')
    large.dispose()
    large.result.dispose()
  } finally {
    setMemoryBudget(budget)
  }
  poisoned.dispose()
  poisoned.result.dispose()
  bad.dispose()
})

test('an aborted call skips its replays and leaves what they would have changed', async () => {
  const state = tensor([1])
  const call = new Scope()
  const program = call.run(() => capture(() => increment(state, 1)))
  call.run(() => program.replay())
  await synchronize()
  call.cancel()
  call.run(() => program.replay())
  expect(await state.tolist()).toEqual([2])
  program.dispose()
  call.dispose()
  state.dispose()
})

test('thousands of commands and programs', async () => {
  const state = tensor([0])
  const long = capture(() => {
    for (let i = 0; i < 6000; i++) increment(state, 1)
  })
  long.replay()
  long.replay()
  expect(await state.item()).toBe(12_000)
  long.dispose()
  await synchronize()
  const before = memory()
  for (let i = 0; i < 2000; i++) {
    const program = capture(() => increment(state, 1))
    program.replay()
    program.dispose()
  }
  expect(await state.item()).toBe(14_000)
  await synchronize()
  expect(memory().device.allocated).toBe(before.device.allocated)
  state.dispose()
})
