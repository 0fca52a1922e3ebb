import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('serves waiting calls first come, first served', async () => {
  const turns = new Turns(1)
  const order: string[] = []
  const first = await turns.take(undefined)
  const wait = async (name: string) => {
    const turn = await turns.take(undefined)
    order.push(name)
    return turn
  }
  const b = wait('b')
  const c = wait('c')
  expect(turns.tryTake()).toBeUndefined()
  first.end()
  ;(await b).end()
  const last = await c
  expect(order).toEqual(['b', 'c'])
  expect(turns.tryTake()).toBeUndefined()
  last.end()
  expect(turns.tryTake()).toBeDefined()
})

test('ending a turn twice frees one place only', async () => {
  const turns = new Turns(1)
  const first = await turns.take(undefined)
  first.end()
  first.end()
  expect(turns.tryTake()).toBeDefined()
  expect(turns.tryTake()).toBeUndefined()
})

test('a waiting call that is aborted leaves the queue', async () => {
  const turns = new Turns(1)
  const first = await turns.take(undefined)
  const abort = new AbortController()
  const aborted = turns.take(abort.signal)
  const next = turns.take(undefined)
  abort.abort()
  await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError' })
  await expect(turns.take(abort.signal)).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  first.end()
  ;(await next).end()
  expect(turns.tryTake()).toBeDefined()
})

test('a turn granted in the instant before an abort still counts as taken', async () => {
  const turns = new Turns(1)
  const first = await turns.take(undefined)
  const abort = new AbortController()
  const pending = turns.take(abort.signal)
  first.end()
  abort.abort()
  const turn = await pending
  turn.end()
  expect(turns.tryTake()).toBeDefined()
})
