import { type GGUFFile, storedGGUFTypes } from '@heddle/formats'
import { isGGUFType, scope, type Tensor } from '@heddle/tensor'
import type { DecoderConfig } from '../decoder-config.ts'
import type { StoredBlocks, StoredWeight, WeightSource } from '../weight-source.ts'
import type { NameRule } from './gguf-names.ts'
import { frequencyFactors } from './gguf-rope.ts'

interface Entry {
  /** Name in the file. */
  readonly stored: string
  /** Heads whose rows come in pairs; undefined when rows are as the model has them. */
  readonly heads: number | undefined
  readonly isTransposed: boolean
}

// What the config has taken already, and tables that old files hold and nobody reads.
const consumed = new RegExp(`^${frequencyFactors.replace('.', '\\.')}$|attn_rot_embd`)

/** The weights of a GGUF file under the names of the model, rows and columns as the model has them. */
export class GGUFWeights implements WeightSource {
  readonly isMixed = true
  readonly #file: GGUFFile
  readonly #entries = new Map<string, Entry>()

  constructor(
    file: GGUFFile,
    rules: readonly NameRule[],
    config: Pick<DecoderConfig, 'numAttentionHeads' | 'numKeyValueHeads'>,
  ) {
    this.#file = file
    const byStored = new Map(rules.map((rule) => [rule.stored, rule]))
    const heads = { query: config.numAttentionHeads, key: config.numKeyValueHeads }
    for (const stored of file.names) {
      if (consumed.test(stored)) continue
      const layer = /^blk\.(\d+)\./.exec(stored)?.[1]
      const rule = byStored.get(stored.replace(/^blk\.\d+\./, 'blk.N.'))
      // An unknown name stays itself, so that it is reported as left over.
      const name = rule === undefined ? stored : rule.name.replace('.N.', `.${layer}.`)
      this.#entries.set(name, {
        stored,
        heads: rule?.heads && heads[rule.heads],
        isTransposed: rule?.isTransposed ?? false,
      })
    }
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()]
  }

  storedInfo(name: string): StoredWeight {
    const { stored, isTransposed } = this.#entry(name)
    const { type, shape, bytes } = this.#file.info(stored)
    return { dtype: type, shape: isTransposed ? [...shape].reverse() : shape, bytes }
  }

  tensor(name: string): Tensor {
    const { stored, heads, isTransposed } = this.#entry(name)
    const tensor = this.#file.tensor(stored)
    if (heads === undefined && !isTransposed) return tensor
    return consume(tensor, (each) => {
      if (isTransposed) return each.transpose(0, 1).clone()
      return unpaired(each, each.shape[0]!, heads!).reshape(each.shape)
    })
  }

  packed(name: string): StoredBlocks | undefined {
    const { stored, heads, isTransposed } = this.#entry(name)
    const { type, shape, bytes } = this.#file.info(stored)
    const { values } = storedGGUFTypes[type]
    if (!isGGUFType(type) || values === 1) return undefined
    const columns = shape.at(-1)!
    const rows = shape.slice(0, -1).reduce((product, dim) => product * dim, 1)
    const raw = this.#file.packed(stored)
    const packed =
      heads === undefined
        ? raw
        : consume(raw, (each) => unpaired(each, rows, heads).reshape([bytes]))
    return { type, packed, rows, columns, isTransposed }
  }

  check(): Promise<void> {
    return this.#file.check()
  }

  dispose(): void {
    this.#file.dispose()
  }

  #entry(name: string): Entry {
    // The file's own error names the missing tensor.
    return this.#entries.get(name) ?? { stored: name, heads: undefined, isTransposed: false }
  }
}

/** Whole rows from the order (2i, 2i + 1) of each head to (i, i + D/2): bytes of packed rows or values. */
function unpaired(x: Tensor, rows: number, heads: number): Tensor {
  const pairs = rows / heads / 2
  return x
    .reshape([heads, pairs, 2, x.size / rows])
    .permute([0, 2, 1, 3])
    .clone()
}

function consume(tensor: Tensor, make: (tensor: Tensor) => Tensor): Tensor {
  try {
    return scope(() => make(tensor))
  } finally {
    tensor.dispose()
  }
}
