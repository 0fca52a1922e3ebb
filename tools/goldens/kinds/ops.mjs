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
    const outputs = Object.keys(entry.outputs)
    const skip = (why) => {
      for (const output of outputs) report.skip(`${name}/${output}`, why)
    }
    for (const input of Object.keys(entry.grads ?? {}))
      report.skip(`${name}/grad.${input}`, 'gradients are not supported yet')
    const runner = opRunners[entry.op]
    if (!runner) {
      skip(`op ${entry.op} is not supported yet`)
      continue
    }
    tensors ??= await readTensors(heddle, path)
    const owner = new heddle.Scope()
    try {
      const result = owner.run(() =>
        runner(heddle, inputsOf(heddle, entry, tensors), entry.args ?? {}),
      )
      if (result === undefined) {
        skip(`op ${entry.op} with these arguments is not supported yet`)
        continue
      }
      for (const [i, output] of outputs.entries()) {
        const got = result.shape ? result : (result[output] ?? result[i])
        report.check(`${name}/${output}`, await compare(got, entry, output, tensors))
      }
    } catch (error) {
      const what = `${error.code ?? error.name}: ${error.message}`
      for (const output of outputs) report.fail(`${name}/${output}`, what)
    } finally {
      owner.dispose()
    }
  }
}

/** Inputs by name (`xs.0`, `xs.1` become the list `xs`), with the views that the golden asks for. */
function inputsOf(heddle, entry, tensors) {
  const inputs = {}
  for (const [name, { key, view }] of Object.entries(entry.inputs)) {
    const { shape, dtype, data } = tensors.get(key)
    let x = heddle.tensor(data, { shape, dtype })
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
  if (what === 'slice') return x.slice(args[0], args[1] ?? 0, args[2] ?? undefined, args[3] ?? 1)
  if (what === 'select') return x.select(args[0], args[1])
  if (what === 'expand') return x.expand(args[0])
  if (what === 'as_strided') return x.view(args[0], args[1], args[2] ?? 0)
  throw new TypeError(`ops: a view must be one of those in the README; got ${what}.`)
}

async function compare(got, entry, output, tensors) {
  const want = tensors.get(entry.outputs[output])
  if (got === undefined) return 'no such output, expected one'
  if (got.shape.join() !== want.shape.join())
    return `shape [${got.shape}], expected [${want.shape}], bound 0`
  if (got.dtype !== want.dtype) return `dtype ${got.dtype}, expected ${want.dtype}, bound 0`
  const { atol = 0, rtol = 0 } = entry.tolerance?.[output] ?? entry.tolerance ?? {}
  return within(await got.data(), want.data, { atol, rtol, shape: want.shape })
}
