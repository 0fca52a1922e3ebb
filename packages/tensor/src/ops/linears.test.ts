import { expect, test } from 'vitest'
import { tensor } from '../create.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { linear } from './linear.ts'
import { linears } from './linears.ts'

const wave = (shape: number[], phase: number): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1)
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.37 + phase)),
    { shape },
  )
}

test('gives the bits of linear, whatever the rows, sizes, dtypes and biases', async () => {
  for (const rows of [0, 1, 2, 3, 8, 9, 40]) {
    for (const sizes of [[576, 192, 192], [7], [1, 2, 3, 4, 5], [100, 36]]) {
      const [together, alone] = scope(() => {
        const x = wave([2, rows, 65], 1)
        const terms = sizes.map((n, i) => ({
          weight: i % 2 ? wave([n, 65], i).to('bf16') : wave([n, 65], i),
          bias: i === 1 ? wave([n], 9) : undefined,
        }))
        return [
          linears(x, terms),
          terms.map(({ weight, bias }) => linear(x, weight, bias)),
        ] as const
      })
      for (const [i, out] of together.entries()) {
        expect(out.shape).toEqual([2, rows, sizes[i]])
        expect(await out.data()).toEqual(await alone[i]!.data())
        out.dispose()
        alone[i]!.dispose()
      }
    }
  }
})

test('checks every term', () => {
  scope(() => {
    const x = wave([2, 4], 0)
    const good = { weight: wave([3, 4], 0) }
    const shape = expect.objectContaining({ code: 'ERR_SHAPE' })
    expect(() => linears(x, [good, { weight: wave([3, 5], 0) }])).toThrow(shape)
    expect(() => linears(x, [{ ...good, bias: wave([4], 0) }])).toThrow(shape)
    expect(() => linears(x, [])).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }))
    expect(() => linears(x, Array(6).fill(good))).toThrow('1 to 5 terms; got 6')
  })
})
