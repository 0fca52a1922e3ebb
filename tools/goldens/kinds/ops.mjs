// Op goldens: an index of `op`, `case`, `file`, `inputs`, `outputs`. Forward only; gradients come with autograd.
import { join } from 'node:path'
import { within } from '../compare.mjs'
import { opRunners } from '../op-runners.mjs'
import { readTensors } from '../tensors.mjs'

export function operations({ folder, content, accepts }) {
  if (!Array.isArray(content.index) || !content.index.some((e) => 'op' in e && 'inputs' in e))
    return undefined
  const byFile = new Map()
  for (const entry of content.index) {
    if (!accepts(entry.op, entry.case)) continue
    if (!byFile.has(entry.file)) byFile.set(entry.file, [])
    byFile.get(entry.file).push(entry)
  }
  return [...byFile].map(([file, entries]) => ({
    kind: 'op',
    name: entries[0].op,
    run: (context) => run({ ...context, path: join(folder, file), entries }),
  }))
}

async function run({ heddle, report, path, entries }) {
  let tensors
  for (const entry of entries) {
    const name = `${entry.op}/${entry.case}`
    if (entry.has_grads) report.skip(`${name}/gradient`, 'gradients are not supported yet')
    const runner = opRunners[entry.op]
    if (!runner) {
      report.skip(name, `op ${entry.op} is not supported yet`)
      continue
    }
    tensors ??= await readTensors(heddle, path)
    const owner = new heddle.Scope()
    try {
      const result = owner.run(() => runner(heddle, inputsOf(heddle, entry, tensors), entry.args))
      if (result === undefined) {
        report.skip(name, `op ${entry.op} with these arguments is not supported yet`)
        continue
      }
      report.check(name, await compare(result, entry, tensors))
    } catch (error) {
      if (error.code === 'ERR_UNSUPPORTED_OPTION')
        report.skip(name, `op ${entry.op} with these arguments is not supported yet`)
      else report.fail(name, `${error.code ?? error.name}: ${error.message}`)
    } finally {
      owner.dispose()
    }
  }
}

const dtypes = {
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
  F64: 'f64',
  I64: 'i64',
  I32: 'i32',
  I16: 'i16',
  I8: 'i8',
  U8: 'u8',
  BOOL: 'bool',
}

/** Inputs by name (`xs.0`, `xs.1` become the list `xs`), with the views that the golden asks for. */
function inputsOf(heddle, entry, tensors) {
  const inputs = {}
  for (const [name, { key, view }] of Object.entries(entry.inputs)) {
    const { shape, dtype, data } = tensors.get(key)
    let x = heddle.tensor(data, { shape, dtype: dtypes[dtype] ?? dtype })
    for (const step of view ?? []) x = viewed(x, step)
    const [list, index] = name.split('.')
    if (index === undefined) inputs[name] = x
    else (inputs[list] ??= [])[Number(index)] = x
  }
  return inputs
}

function viewed(x, [what, ...args]) {
  if (what === 'transpose') return x.transpose(args[0], args[1])
  if (what === 'permute') return x.permute(args[0])
  if (what === 'slice') return x.slice(args[0], args[1], args[2], args[3] ?? 1)
  if (what === 'select') return x.select(args[0], args[1])
  if (what === 'expand') return x.expand(args[0])
  return x.view(args[0], args[1], args[2])
}

async function compare(result, entry, tensors) {
  const outputs = Object.entries(entry.outputs)
  for (let i = 0; i < outputs.length; i++) {
    const [output, key] = outputs[i]
    const got =
      outputs.length === 1 && !Array.isArray(result) && result.data
        ? result
        : (result[output] ?? result[i])
    const want = tensors.get(key)
    if (got.shape.join() !== want.shape.join())
      return `${output}: shape [${got.shape}], want [${want.shape}]`
    const { atol = 0, rtol = 0 } = entry.tolerance?.[output] ?? entry.tolerance ?? {}
    const difference = within(await got.data(), want.data, { atol, rtol, shape: want.shape })
    if (difference) return `${output}: ${difference}`
  }
  return undefined
}
