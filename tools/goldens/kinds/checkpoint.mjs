// A checkpoint: `reference.safetensors` beside a `reference.json` with `kind`.
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { closeTo, sameRows } from '../compare.mjs'
import { int32, readTensors, rowsOf } from '../tensors.mjs'

// `vits` amplifies rounding (README of the goldens).
const bounds = { vits: 1e-3 }

export function checkpoint({ folder, stem, content, accepts }) {
  if (stem !== 'reference' || typeof content.kind !== 'string') return undefined
  if (!existsSync(join(folder, 'reference.safetensors'))) return undefined
  if (!accepts(content.model_type)) return []
  const name = basename(folder)
  const run = (context) => runCheckpoint({ ...context, folder, name, reference: content })
  return [{ kind: 'checkpoint', name, run }]
}

async function runCheckpoint({ heddle, report, folder, name, reference }) {
  const tensors = await readTensors(heddle, join(folder, 'reference.safetensors'))
  const outputs = outputsOf(tensors, reference)
  const skip = (why) => {
    for (const output of outputs) report.skip(`${name}/${output}`, why)
  }
  if (reference.kind !== 'causal') return skip(`kind ${reference.kind} is not supported yet`)
  if (!heddle.supportedModelTypes.includes(reference.model_type))
    return skip(`architecture ${reference.model_type} is not supported yet`)
  let model
  try {
    model = await heddle.AutoModelForCausalLM.fromPretrained(folder, { dtype: 'f32' })
  } catch (error) {
    for (const output of outputs) report.fail(`${name}/${output}`, describe(error))
    return
  }
  const bound = bounds[reference.model_type] ?? 1e-4
  const state = { heddle, model, tensors, reference, bound }
  try {
    for (const output of outputs)
      await runOutput(`${name}/${output}`, checks[output], state, report)
  } finally {
    model.dispose()
  }
}

async function runOutput(name, check, state, report) {
  report.start(name)
  if (!check) return report.skip(name, `output ${name.split('/')[1]} is not supported yet`)
  try {
    report.check(name, await check(state))
  } catch (error) {
    report.fail(name, describe(error))
  }
}

const describe = (error) => `${error.code ?? error.name}: ${error.message}`

/** Names of the outputs that the golden holds; numbered ones count as one. */
function outputsOf(tensors, reference) {
  const inputs = /^(in|pad|labels)(\.|$)/
  const names = new Set()
  for (const key of tensors.keys()) if (!inputs.test(key)) names.add(key.replace(/\.\d+$/, ''))
  if (reference.grad_norms) names.add('grad_norms')
  return [...names].sort()
}

const checks = {
  logits: (state) => compareLogits(state, 'in', 'logits'),
  padded_logits: (state) => compareLogits(state, 'pad', 'padded_logits'),
  hidden_states: compareHiddenStates,
  greedy: (state) => compareGreedy(state, 'in', 'greedy'),
  greedy_left_padded: (state) => compareGreedy(state, 'pad', 'greedy_left_padded'),
}

async function compareLogits(state, inputs, output) {
  const { data, shape } = state.tensors.get(output)
  const { logits } = await forward(state, inputs, false)
  if (logits.shape.join() !== shape.join())
    return `shape [${logits.shape}], expected [${shape}], bound 0`
  // What a padding position computes is nobody's business.
  const mask = inputs === 'pad' ? state.tensors.get('pad.attention_mask') : undefined
  const real = mask && int32(mask.data)
  const width = shape.at(-1)
  const counts = real ? (i) => real[Math.floor(i / width)] === 1 : undefined
  return closeTo(logits.data, data, { bound: state.bound, shape, counts })
}

async function compareHiddenStates(state) {
  const { hiddenStates } = await forward(state, 'in', true)
  const keys = [...state.tensors.keys()].filter((key) => key.startsWith('hidden_states.'))
  if (hiddenStates.length !== keys.length)
    return `${hiddenStates.length} hidden states, expected ${keys.length}`
  for (let i = 0; i < keys.length; i++) {
    const { data, shape } = state.tensors.get(`hidden_states.${i}`)
    const difference = closeTo(hiddenStates[i], data, { bound: state.bound, shape })
    if (difference) return `hidden_states.${i}: ${difference}`
  }
  return undefined
}

async function forward({ heddle, model, tensors }, inputs, outputHiddenStates) {
  const give = (key) => {
    const found = tensors.get(`${inputs}.${key}`)
    return found && heddle.tensor(int32(found.data), { shape: found.shape })
  }
  const inputIds = give('input_ids')
  const attentionMask = give('attention_mask')
  const result = model.forward({ inputIds, attentionMask, outputHiddenStates })
  const hidden = result.hiddenStates ?? []
  try {
    const logits = { shape: result.logits.shape, data: await result.logits.data() }
    return { logits, hiddenStates: await Promise.all(hidden.map((tensor) => tensor.data())) }
  } finally {
    for (const tensor of [inputIds, attentionMask, result.logits, ...hidden]) tensor?.dispose()
  }
}

async function compareGreedy({ heddle, model, tensors, reference }, inputs, output) {
  const ids = tensors.get(`${inputs}.input_ids`)
  const want = tensors.get(output)
  const added = want.shape[1] - ids.shape[1]
  const { min_new_tokens = added, max_new_tokens = added } = reference.generate?.greedy ?? {}
  const mask = tensors.get(`${inputs}.attention_mask`)
  const { sequences } = await heddle.generate(
    model,
    {
      inputIds: rowsOf(ids),
      attentionMask: mask && rowsOf(mask),
    },
    { doSample: false, minNewTokens: min_new_tokens, maxNewTokens: max_new_tokens },
  )
  return sameRows(sequences, rowsOf(want))
}
