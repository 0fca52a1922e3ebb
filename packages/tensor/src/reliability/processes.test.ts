import { functions } from '@heddle/native'
import { expect, test } from 'vitest'
import { runScript, wentWell } from './run-script.ts'

// Each test runs a process of its own: what it shows is that the process lives, or ends as it should.

const minute = 60_000

test(
  'arrays may be transferred, resized, grown and collected while their tensors are in flight',
  async () => {
    const { result, ...end } = await runScript('uploads', {
      args: ['1000'],
      flags: ['--expose-gc'],
    })
    expect(end).toEqual(wentWell)
    expect(result).toMatchObject({ right: 1000, wrong: 0, tensors: 0, bytes: 0, buffers: 0 })
    expect(result['detached']).toBeGreaterThan(50)
  },
  minute,
)

test(
  'four workers compute while the collector runs all the time',
  async () => {
    const { result, ...end } = await runScript('workers', {
      args: ['4', '500'],
      flags: ['--expose-gc', '--gc-interval=500'],
    })
    expect(end).toEqual(wentWell)
    expect(result).toEqual({ results: Array(4).fill({ code: 0, done: 500 }), buffers: 0 })
  },
  minute,
)

test(
  'workers are terminated while their native work runs',
  async () => {
    const { result, ...end } = await runScript('terminate', { args: ['200'] })
    expect(end).toEqual(wentWell)
    expect(result).toMatchObject({ exits: 200, sum: 6, buffers: 0 })
    expect(result['started']).toBeGreaterThan(150)
  },
  minute,
)

test(
  'process.exit() in the middle of a matrix product ends with its code',
  async () => {
    const { result, ...end } = await runScript('exits', { args: ['50'] })
    expect(end).toEqual(wentWell)
    expect(result).toEqual({ ends: { 7: 50 } })
  },
  minute,
)

test(
  'every exported function survives every misuse',
  async () => {
    const { result, ...end } = await runScript('misuse')
    expect(end).toEqual(wentWell)
    expect(result).toMatchObject({ untyped: [], sum: 9 })
    expect(result['threw']).toBeGreaterThan(10_000)
  },
  minute,
)

test(
  'a panic in any export is an error of JavaScript',
  async () => {
    const names = Object.keys(functions)
    expect(names.length).toBeGreaterThan(15)
    for (let i = 0; i < names.length; i += 2) {
      const pair = names.slice(i, i + 2)
      const ends = await Promise.all(
        pair.map((name) => runScript('failpoints', { env: { HEDDLE_FAILPOINT: name } })),
      )
      ends.forEach(({ code, signal, result, stderr }, k) => {
        // Names of commands are read when the module is loaded: it says so and does not load.
        const name = pair[k]!
        if (name === 'commandNames') expect({ signal, code }).toEqual({ signal: null, code: 1 })
        else {
          expect({ name, signal, code, result }).toEqual({
            name,
            signal: null,
            code: 0,
            result: { codes: ['ERR_INTERNAL', 'ERR_INTERNAL', 'ERR_INTERNAL'] },
          })
        }
        expect(stderr).toContain(name === 'commandNames' ? 'ERR_INTERNAL' : 'failpoint')
      })
    }
  },
  minute,
)

test(
  'a thousand oversize requests in a small address space are typed errors',
  async () => {
    const { result, ...end } = await runScript('oversize', {
      args: ['1000'],
      memoryKiB: 2.5 * 2 ** 20,
    })
    expect(end).toEqual(wentWell)
    expect(result).toEqual({
      counts: { ERR_OUT_OF_MEMORY: 1000, 'read ERR_OUT_OF_MEMORY': 1 },
      read: 64 * 2 ** 18,
      sum: 6,
      tensors: 2,
    })
  },
  minute,
)

test(
  'tensors dropped without dispose() are collected before a small budget is spent',
  async () => {
    for (const [rounds, budget] of [
      [2000, 512],
      [300, 24],
    ] as const) {
      const { result, ...end } = await runScript('dropped', {
        args: [String(rounds), String(budget)],
        flags: ['--expose-gc', '--max-old-space-size=64'],
      })
      expect(end).toEqual(wentWell)
      expect(result).toMatchObject({ sum: rounds, tensors: 0, bytes: 0, buffers: 0 })
      expect(result['rescued']).toBeGreaterThanOrEqual(rounds)
      expect(result['peak']).toBeLessThanOrEqual(budget)
      const rss = result['rss'] as number[]
      expect(rss.at(-1)! - rss[Math.floor(rss.length / 2)]!).toBeLessThan(64)
    }
  },
  minute,
)

test(
  'every level gives the same bits, bf16 products on tiles aside; one that is not there is an error',
  async () => {
    const best = (await runScript('levels')).result
    const order = ['scalar', 'avx2', 'avx512', 'amx']
    const digests = best['digests'] as Record<string, string>
    const exact = { ...digests }
    for (const name in exact) exact[name] = digests[name.replace(/ high$/, '')]!
    const differ = Object.keys(exact).filter((name) => exact[name] !== digests[name])
    const products = ['linear bf16', 'linear bf16 row', 'attention bf16', 'attention one bf16']
    expect(differ).toEqual(best['best'] === 'amx' ? products.map((name) => `${name} high`) : [])
    for (const level of order) {
      for (const threads of level === best['best'] ? ['1', '2', '3', '8'] : ['2']) {
        const env = { HEDDLE_ISA: level, HEDDLE_THREADS: threads }
        const { result, ...end } = await runScript('levels', { env })
        if (order.indexOf(level) > order.indexOf(best['best'] as string)) {
          expect({ code: end.code, error: result['code'] }).toEqual({
            code: 3,
            error: 'ERR_OPTION',
          })
        } else {
          expect(end).toEqual(wentWell)
          expect(result).toEqual({ ...best, level, digests: level === 'amx' ? digests : exact })
        }
      }
    }
    for (const [name, value] of [
      ['HEDDLE_ISA', 'sse9'],
      ['HEDDLE_THREADS', '0'],
      ['HEDDLE_THREADS', 'x'],
    ] as const) {
      const { result, ...end } = await runScript('levels', { env: { [name]: value } })
      expect(end).toEqual({ code: 3, signal: null, stderr: '' })
      expect(result['code']).toBe('ERR_OPTION')
      expect(result['message']).toContain(value)
    }
  },
  minute,
)

test(
  'tensors travel between workers; lost ones are errors and keep nobody',
  async () => {
    const { result, ...end } = await runScript('transfers')
    expect(end).toEqual(wentWell)
    expect(result).toEqual({
      doubled: [
        [0, 6],
        [2, 8],
        [4, 10],
      ],
      again: [3, 3, 3, 3],
      late: 6000,
      codes: ['ERR_TRANSFER', 'ERR_TRANSFER', 'ERR_TRANSFER', 'ERR_INTERNAL'],
      fences: 0,
    })
  },
  minute,
)
