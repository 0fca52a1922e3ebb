// Block types of GGUF: packed bytes and the values that they decode to, with a matrix product over them. Other
// quantized formats of the same index are recognised and skipped by name.
import { join } from 'node:path'
import { within } from '../compare.mjs'
import { readTensors } from '../tensors.mjs'

export function ggufBlocks({ folder, content, accepts }) {
  const entries = Array.isArray(content.index) ? content.index : []
  if (!entries.some((entry) => 'format' in entry && 'tensors' in entry)) return undefined
  const wanted = entries.filter(({ format, case: name }) => accepts(format, name, 'quant'))
  const blocks = wanted.filter(({ format }) => format === 'gguf')
  const others = wanted.filter(({ format }) => format !== 'gguf')
  const sources = []
  if (blocks.length > 0) {
    sources.push({
      kind: 'quant',
      name: 'gguf',
      run: (context) => run({ ...context, folder, entries: blocks }),
    })
  }
  if (others.length > 0) sources.push({ kind: 'quant', name: others[0].format, run: skip(others) })
  return sources
}

const skip =
  (entries) =>
  ({ report }) => {
    for (const { format, case: name } of entries)
      report.skip(`${format}/${name}`, 'quantized formats other than GGUF are not supported yet')
  }

async function run({ heddle, report, folder, entries }) {
  const files = new Map()
  for (const entry of entries) {
    if (!files.has(entry.file))
      files.set(entry.file, await readTensors(heddle, join(folder, entry.file)))
    await runEntry({ heddle, report, entry, tensors: files.get(entry.file) })
  }
}

async function runEntry({ heddle, report, entry, tensors }) {
  const name = `gguf/${entry.case}`
  const stored = (key) => tensors.get(entry.tensors[key])
  const make = (key) => heddle.tensor(stored(key).data, stored(key))
  const owner = new heddle.Scope()
  try {
    const { values, product } = owner.run(() => {
      const packed = make('packed').reshape([-1])
      const values = heddle.dequantizeGGUF(packed, { type: entry.type, shape: entry.shape })
      return { values, product: heddle.linear(make('x'), values) }
    })
    for (const [key, got] of [
      ['dequantized', values],
      ['matmul', product],
    ]) {
      const { data, shape } = stored(key)
      report.check(
        `${name}/${key}`,
        within(await got.data(), data, { ...entry.tolerance[key], shape }),
      )
    }
    const { data } = stored('dequantized')
    const exact = within(await values.data(), data, { atol: 0, rtol: 0, shape: entry.shape })
    report.check(`${name}/bits`, exact)
    if (entry.tensors.weight)
      report.skip(`${name}/encoded`, 'writing GGUF blocks is not supported yet')
  } catch (error) {
    report.fail(name, `${error.code ?? error.name}: ${error.message}`)
  } finally {
    owner.dispose()
  }
}
