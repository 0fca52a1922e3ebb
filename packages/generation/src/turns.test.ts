import { expect, test } from 'vitest'
import { type CallTurns, type Turn, Turns } from './turns.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a call that is alone runs one step ahead and no further', () => {
  const call = new Turns().join()
  const [first, second] = [call.tryTake(), call.tryTake()]
  expect([first, second].every(Boolean)).toBe(true)
  expect(call.tryTake()).toBeUndefined()
  first?.end()
  expect(call.tryTake()).toBeDefined()
})

test('calls take one step each, however many each has asked for', async () => {
  const turns = new Turns()
  const order: string[] = []
  const running: Turn[] = []
  const ask = async (name: string, call: CallTurns, times: number) => {
    for (let i = 0; i < times; i++) {
      const turn = await call.take(undefined)
      order.push(name)
      running.push(turn)
    }
  }
  const [greedy, modest] = [turns.join(), turns.join()]
  const done = Promise.all([ask('greedy', greedy, 12), ask('modest', modest, 12)])
  while (order.length < 24) {
    await settled()
    running.shift()?.end()
  }
  await done
  // The greedy call came first and was alone for two steps.
  expect(order.slice(0, 2)).toEqual(['greedy', 'modest'])
  for (let i = 2; i < 22; i += 2) expect(new Set(order.slice(i, i + 2)).size).toBe(2)
})

test('nobody runs ahead of a call that is about to ask again', async () => {
  const turns = new Turns()
  const [a, b] = [turns.join(), turns.join()]
  const first = await a.take(undefined)
  ;(await b.take(undefined)).end()
  expect(a.tryTake()).toBeUndefined()
  b.leave()
  expect(a.tryTake()).toBeDefined()
  first.end()
})

test('ending a turn twice frees one place only', () => {
  const turns = new Turns(1)
  const call = turns.join()
  const first = call.tryTake()
  first?.end()
  first?.end()
  expect(call.tryTake()).toBeDefined()
  expect(call.tryTake()).toBeUndefined()
})

test('a waiting call that is aborted leaves the queue', async () => {
  const turns = new Turns(1)
  const [a, b, c] = [turns.join(), turns.join(), turns.join()]
  const first = await a.take(undefined)
  const abort = new AbortController()
  const aborted = b.take(abort.signal)
  const next = c.take(undefined)
  abort.abort()
  await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError' })
  await expect(b.take(abort.signal)).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  first.end()
  ;(await next).end()
  expect(a.tryTake()).toBeDefined()
})

test('a turn granted in the instant before an abort still counts as taken', async () => {
  const turns = new Turns(1)
  const [a, b] = [turns.join(), turns.join()]
  const first = await a.take(undefined)
  const abort = new AbortController()
  const pending = b.take(abort.signal)
  first.end()
  abort.abort()
  const turn = await pending
  expect(a.tryTake()).toBeUndefined()
  turn.end()
  expect(a.tryTake()).toBeDefined()
})
