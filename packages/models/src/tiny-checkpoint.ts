// For tests: tiny models whose weights are a formula of name and index, as tiny-models.py has it.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { saveSafetensors } from '@heddle/formats'
import { type DType, type Tensor, tensor } from '@heddle/tensor'

/** One entry of tiny-models.json: a checkpoint and what Python computes with it. */
export interface TinyModel {
  readonly what: string
  readonly config: Record<string, unknown>
  readonly shapes: Record<string, number[]>
  readonly inputIds: number[][]
  readonly attentionMask: number[][]
  readonly hiddenNorms: number[][]
  readonly lastLogits: number[]
  readonly paddedLastLogits: number[]
}

export const tinyModels: readonly TinyModel[] = JSON.parse(
  readFileSync(new URL('./tiny-models.json', import.meta.url), 'utf8'),
)

/** The tiny model of a description. */
export function tinyModel(what: string): TinyModel {
  return tinyModels.find((model) => model.what === what)!
}

/** The weights of a tensor: numbers that f32 holds exactly. */
export function formula(name: string, shape: readonly number[]): Float32Array {
  let seed = 0
  for (const byte of Buffer.from(name)) seed = (Math.imul(seed, 31) + byte) | 0
  const isScale = shape.length === 1 && name.endsWith('weight')
  const length = shape.reduce((product, width) => product * width, 1)
  return Float32Array.from({ length }, (_, i) => {
    let x = (Math.imul(i, 0x9e3779b1) + seed) | 0
    x = Math.imul(x ^ (x >>> 15), 0x85ebca6b)
    x ^= x >>> 13
    return (x >>> 8) / 2 ** 24 - 0.5 + (isScale ? 1 : 0)
  })
}

/** What a test changes in a checkpoint before it is written. */
export interface Changes {
  readonly config?: Record<string, unknown>
  readonly dtype?: DType
  /** Other shapes; a new name adds a tensor, undefined leaves it out. */
  readonly shapes?: Record<string, number[] | undefined>
  /** Gives a tensor the values of another name. */
  readonly valuesOf?: Record<string, string>
  readonly rename?: (name: string) => string
  readonly generationConfig?: Record<string, unknown>
}

/** Writes a tiny model into a new folder, gives it to `use`, and removes it. */
export async function withCheckpoint<T>(
  model: Pick<TinyModel, 'config' | 'shapes'>,
  changes: Changes,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const { rename = (name) => name, dtype = 'f32' } = changes
  const dir = await mkdtemp(join(tmpdir(), 'heddle-models-'))
  const tensors = new Map<string, Tensor>()
  try {
    for (const [name, shape] of Object.entries({ ...model.shapes, ...changes.shapes })) {
      if (shape === undefined) continue
      const values = formula(changes.valuesOf?.[name] ?? name, shape)
      const data = dtype === 'f32' || dtype === 'bf16' || dtype === 'f16' ? values : values.fill(1)
      tensors.set(rename(name), tensor(data, { shape, dtype }))
    }
    await saveSafetensors(join(dir, 'model.safetensors'), tensors)
    const config = JSON.stringify({ ...model.config, ...changes.config })
    await writeFile(join(dir, 'config.json'), config)
    if (changes.generationConfig !== undefined) {
      const text = JSON.stringify(changes.generationConfig)
      await writeFile(join(dir, 'generation_config.json'), text)
    }
    return await use(dir)
  } finally {
    for (const value of tensors.values()) value.dispose()
    await rm(dir, { recursive: true })
  }
}
