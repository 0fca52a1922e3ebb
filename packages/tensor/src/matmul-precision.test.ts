import { afterEach, expect, test } from 'vitest'
import { capture } from './capture.ts'
import { tensor } from './create.ts'
import { type MatmulPrecision, setMatmulPrecision } from './matmul-precision.ts'
import { deviceInfo } from './memory.ts'
import { linear } from './ops/linear.ts'
import { scope } from './scope.ts'
import type { Tensor } from './tensor.ts'

afterEach(() => setMatmulPrecision('high'))

const wave = (shape: readonly [number, number], phase: number): Tensor =>
  tensor(
    Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i * 0.37 + phase)),
    { shape },
  )

/** The product with bf16 weights, and x rounded beforehand. */
const product = (rows: number, rounded = false): Tensor =>
  scope(() => {
    const x = wave([rows, 96], 1)
    return linear(rounded ? x.to('bf16').to('f32') : x, wave([40, 96], 2).to('bf16'))
  })

async function read(t: Tensor): Promise<number[]> {
  const data = [...(await t.data())].map(Number)
  t.dispose()
  return data
}

test.each([1, 16, 40])("'high' rounds %i rows where the level is amx alone", async (rows) => {
  setMatmulPrecision('highest')
  const exact = await read(product(rows))
  expect(exact).not.toEqual(await read(product(rows, true)))
  setMatmulPrecision('high')
  const fast = await read(product(rows))
  if (deviceInfo().level !== 'amx') return expect(fast).toEqual(exact)
  expect(fast).toEqual(await read(product(rows, true)))
  expect(fast).not.toEqual(exact)
  for (const [i, value] of fast.entries()) expect(value).toBeCloseTo(exact[i]!, 1)
})

test('holds for what is enqueued after it, and for nothing before', async () => {
  setMatmulPrecision('highest')
  const exact = await read(product(4))
  setMatmulPrecision('high')
  const fast = await read(product(4))
  const order: MatmulPrecision[] = ['highest', 'high', 'high', 'highest', 'high', 'highest']
  const results = Array.from({ length: 50 }, (_, i) => {
    const precision = order[i % order.length]!
    setMatmulPrecision(precision)
    return [precision, product(4)] as const
  })
  for (const [precision, result] of results) {
    expect(await read(result)).toEqual(precision === 'high' ? fast : exact)
  }
})

test('refuses other precisions, and changes while commands are recorded', () => {
  expect(() => setMatmulPrecision('medium' as 'high')).toThrow(
    /precision must be 'high' or 'highest'; got medium/,
  )
  expect(() => capture(() => setMatmulPrecision('high'))).toThrow(
    expect.objectContaining({ code: 'ERR_CAPTURE' }),
  )
})
