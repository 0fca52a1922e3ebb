import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DynamicCache } from '@heddle/cache'
import { add, memory, mul, synchronize, type Tensor } from '@heddle/tensor'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BigramModel } from './bigram-model.test-support.ts'
import { generate, stream } from './generate.ts'

let model: BigramModel
let start: { tensors: number; bytes: number }

const used = () => {
  const { tensors, bytes } = memory()
  return { tensors, bytes }
}

beforeEach(() => {
  model = new BigramModel()
  start = used()
})

afterEach(async () => {
  expect(used()).toEqual(start)
  model.dispose()
  await synchronize()
})

const prompt = Array.from({ length: 40 }, (_, i) => i)
const aborted = { code: 'ERR_ABORTED', name: 'AbortError' }

test('a signal that has fired runs nothing', async () => {
  const call = generate(model, [6], { signal: AbortSignal.abort('why') })
  await expect(call).rejects.toMatchObject({ ...aborted, cause: 'why' })
  expect(model.calls).toHaveLength(0)
})

test('an abort between tokens gives memory back at once, before the reader asks again', async () => {
  const abort = new AbortController()
  const parts = stream(model, [6], { maxNewTokens: 50, signal: abort.signal })
  await parts.next()
  abort.abort()
  expect(used()).toEqual(start)
  await expect(parts.next()).rejects.toMatchObject(aborted)
  expect(await parts.next()).toEqual({ done: true, value: undefined })
})

test('an abort while a token is awaited settles the call', async () => {
  const abort = new AbortController()
  const parts = stream(model, [6], { maxNewTokens: 50, signal: abort.signal })
  await parts.next()
  const pending = parts.next()
  abort.abort()
  await expect(pending).rejects.toMatchObject(aborted)
})

test('an abort in the middle of the prompt stops there', async () => {
  const abort = new AbortController()
  const call = generate(model, prompt, {
    signal: abort.signal,
    prefillChunkSize: 4,
    onProgress: ({ done }) => done === 12 && abort.abort(),
  })
  await expect(call).rejects.toMatchObject(aborted)
  expect(model.calls).toHaveLength(3)
})

test('a stream that is dropped without a word gives its memory back when it is collected', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await (async () => {
    await stream(model, [6], { maxNewTokens: 50 }).next()
  })()
  expect(used()).not.toEqual(start)
  await vi.waitFor(() => {
    collect()
    expect(used()).toEqual(start)
  }, 10_000)
})

test('a listener stays on the signal only as long as the call', async () => {
  const { signal } = new AbortController()
  let listeners = 0
  const counted = new Proxy(signal, {
    get(target, key) {
      const value = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (key === 'addEventListener') listeners++
        if (key === 'removeEventListener') listeners--
        return value.apply(target, args)
      }
    },
  })
  await generate(model, prompt, { signal: counted, maxNewTokens: 5, prefillChunkSize: 7 })
  await new Promise((resolve) => setImmediate(resolve))
  expect(listeners).toBeLessThanOrEqual(0)
})

test('an aborted call leaves the cache of its caller as far as tokens were seen', async () => {
  const cache = new DynamicCache(model.config)
  const abort = new AbortController()
  const options = { maxNewTokens: 9, pastKeyValues: cache }
  const parts = stream(model, [5, 6], { ...options, signal: abort.signal })
  await parts.next()
  await parts.next()
  abort.abort()
  await expect(parts.next()).rejects.toMatchObject(aborted)
  expect(cache.length).toBe(3)
  const output = await generate(model, [5, 6, ...model.chain(6, 2)], options)
  expect(output.newTokens).toEqual([model.chain(6, 11).slice(2)])
  cache.dispose()
})

test('an error of a callback ends the call and comes out of it', async () => {
  const mine = new RangeError('mine')
  const call = generate(model, [6], {
    onProgress: () => {
      throw mine
    },
  })
  await expect(call).rejects.toBe(mine)
})

test('a model that throws in the middle of a call ends that call alone', async () => {
  const broken = new BigramModel()
  const forward = broken.forward.bind(broken)
  broken.forward = (inputs) => {
    if (broken.calls.length === 3) throw new RangeError('mine')
    return forward(inputs)
  }
  const good = generate(model, [6], { maxNewTokens: 30 })
  await expect(generate(broken, [6], { maxNewTokens: 30 })).rejects.toThrow('mine')
  expect((await good).newTokens).toEqual([model.chain(6, 30)])
  broken.dispose()
})

test('a step that fails on the device rejects its call alone and empties its cache', async () => {
  const cache = new DynamicCache(model.config)
  const broken = new BigramModel()
  const forward = broken.forward.bind(broken)
  broken.forward = (inputs) => {
    // An id outside the vocabulary is found natively, when the step runs.
    if (broken.calls.length === 3) return forward({ ...inputs, inputIds: add(inputs.inputIds, 99) })
    return forward(inputs)
  }
  const good = generate(model, [6], { maxNewTokens: 30 })
  const bad = generate(broken, [6], { maxNewTokens: 30, pastKeyValues: cache })
  await expect(bad).rejects.toMatchObject({ code: 'ERR_INDEX' })
  expect(cache.length).toBe(0)
  expect((await good).newTokens).toEqual([model.chain(6, 30)])
  cache.dispose()
  broken.dispose()
})

test.each([false, true])('NaN instead of scores is an error, doSample %s', async (doSample) => {
  const broken = new BigramModel()
  const forward = broken.forward.bind(broken)
  broken.forward = (inputs) => {
    const { logits } = forward(inputs)
    return broken.calls.length === 3 ? { logits: mul(logits as Tensor, Number.NaN) } : { logits }
  }
  await expect(generate(broken, [[5], [6]], { maxNewTokens: 9, doSample })).rejects.toMatchObject({
    code: doSample ? 'ERR_PROBABILITIES' : 'ERR_NUMERIC',
  })
  broken.dispose()
})

test('ruling out every token is an error', async () => {
  const eosTokenId = Array.from({ length: 53 }, (_, id) => id)
  await expect(generate(model, [6], { eosTokenId, minNewTokens: 2 })).rejects.toMatchObject({
    code: 'ERR_NUMERIC',
  })
})

test('calls at once, on one model and on two, give what each gives alone', async () => {
  const other = new BigramModel()
  const calls = Array.from({ length: 12 }, (_, i) =>
    generate(i % 2 === 0 ? model : other, prompt.slice(0, i + 1), {
      maxNewTokens: 5 + i,
      prefillChunkSize: 3,
    }),
  )
  const outputs = await Promise.all(calls)
  for (const [i, { newTokens }] of outputs.entries()) {
    expect(newTokens).toEqual([model.chain(i, 5 + i)])
  }
  other.dispose()
})

test('a long prompt lets other calls generate in between', async () => {
  const order: string[] = []
  const long = generate(model, prompt, {
    prefillChunkSize: 1,
    maxNewTokens: 1,
    onProgress: () => order.push('long'),
  })
  const short = generate(model, [6], { maxNewTokens: 8, onProgress: () => order.push('short') })
  await Promise.all([long, short])
  // While the prompt's 40 pieces go through, the 8 tokens of the other call come.
  expect(order.lastIndexOf('short')).toBeLessThan(24)
})

test('aborting at random points never disturbs a neighbour nor leaks', async () => {
  const other = new BigramModel()
  for (let round = 0; round < 60; round++) {
    const abort = new AbortController()
    const victim = generate(model, prompt, {
      maxNewTokens: 20,
      prefillChunkSize: 5,
      signal: abort.signal,
    })
    const neighbour = generate(other, [round % 53], { maxNewTokens: 12 })
    victim.catch(() => {})
    for (let wait = round % 20; wait > 0; wait--) await new Promise((r) => setImmediate(r))
    abort.abort()
    await expect(
      victim.then(
        () => ({ code: 'ERR_ABORTED' }),
        (error) => error,
      ),
    ).resolves.toMatchObject({
      code: 'ERR_ABORTED',
    })
    expect((await neighbour).newTokens).toEqual([other.chain(round % 53, 12)])
  }
  other.dispose()
})
