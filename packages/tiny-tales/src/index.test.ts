import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { modelDirectory } from './index.ts'

const parameterCount = 5_401_856

it('names a folder that holds a whole checkpoint', async () => {
  const config = JSON.parse(await readFile(join(modelDirectory, 'config.json'), 'utf8'))
  expect(config.model_type).toBe('llama')
  const tokenizer = JSON.parse(await readFile(join(modelDirectory, 'tokenizer.json'), 'utf8'))
  expect(Object.keys(tokenizer.model.vocab).length).toBeLessThanOrEqual(config.vocab_size)
})

it('has the weights that its README promises, in bfloat16', async () => {
  const path = join(modelDirectory, 'model.safetensors')
  const bytes = await readFile(path)
  const headerSize = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerSize))
  delete header.__metadata__
  const entries = Object.values(header) as { dtype: string; shape: number[] }[]
  expect(new Set(entries.map(({ dtype }) => dtype))).toEqual(new Set(['BF16']))
  const counts = entries.map(({ shape }) => shape.reduce((product, size) => product * size, 1))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(parameterCount)
  expect((await stat(path)).size).toBe(8 + headerSize + 2 * parameterCount)
})
