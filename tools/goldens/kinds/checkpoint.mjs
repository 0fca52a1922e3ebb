// A checkpoint: `reference.safetensors` beside a `reference.json` with `kind`.
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { closeTo, sameIds } from '../compare.mjs'
import { readTensors, rowsOf } from '../tensors.mjs'

const bounds = { vits: 1e-3 }

export function checkpoint({ folder, stem, content, accepts }) {
  if (stem !== 'reference' || typeof content.kind !== 'string') return undefined
  if (!existsSync(join(folder, 'reference.safetensors'))) return undefined
  if (!accepts(content.model_type)) return []
  const name = basename(folder)
  return [
    {
      kind: 'checkpoint',
      name,
      run: (context) => run({ ...context, folder, name, reference: content }),
    },
  ]
}

async function run({ heddle, report, folder, name, reference }) {
  const tensors = await readTensors(heddle, join(folder, 'reference.safetensors'))
  const outputs = outputsOf(tensors, reference)
  if (!heddle.supportedModelTypes.includes(reference.model_type)) {
    for (const output of outputs)
      report.skip(`${name}/${output}`, `architecture ${reference.model_type} is not supported yet`)
    return
  }
  if (reference.kind !== 'causal') {
    for (const output of outputs)
      report.skip(`${name}/${output}`, `kind ${reference.kind} is not supported yet`)
    return
  }
  const model = await heddle.AutoModelForCausalLM.fromPretrained(folder, { dtype: 'f32' })
  const bound = bounds[reference.model_type] ?? 1e-4
  try {
    const state = { heddle, report, model, tensors, reference, bound, name }
    for (const output of outputs) {
      report.start(`${name}/${output}`)
      const check = checks[output]
      if (!check) {
        report.skip(`${name}/${output}`, `output ${output} is not supported yet`)
        continue
      }
      try {
        report.check(`${name}/${output}`, await check(state))
      } catch (error) {
        report.fail(`${name}/${output}`, `${error.code ?? error.name}: ${error.message}`)
      }
    }
  } finally {
    model.dispose()
  }
}

/** Names of the outputs that the golden holds; numbered ones count as one. */
function outputsOf(tensors, reference) {
  const inputs = /^(in|pad|labels)(\.|$)/
  const names = new Set()
  for (const key of tensors.keys()) if (!inputs.test(key)) names.add(key.replace(/\.\d+$/, ''))
  if (reference.grad_norms) names.add('grad_norms')
  return [...names].sort()
}

const checks = {
  logits: async (state) => compareLogits(state, 'in', 'logits'),
  padded_logits: async (state) => compareLogits(state, 'pad', 'padded_logits'),
  hidden_states: async (state) => {
    const { hiddenStates } = await forward(state, 'in', true)
    const want = [...state.tensors.keys()].filter((key) => key.startsWith('hidden_states.')).length
    if (hiddenStates.length !== want)
      return `${hiddenStates.length} hidden states, expected ${want}`
    for (let i = 0; i < want; i++) {
      const { data, shape } = state.tensors.get(`hidden_states.${i}`)
      const difference = closeTo(hiddenStates[i], data, { bound: state.bound, shape })
      if (difference) return `hidden_states.${i}: ${difference}`
    }
    return undefined
  },
  greedy: (state) => greedy(state, 'in', 'greedy', 'greedy'),
  greedy_left_padded: (state) => greedy(state, 'pad', 'greedy_left_padded', 'greedy'),
}

async function compareLogits(state, inputs, output) {
  const { data, shape } = state.tensors.get(output)
  const { logits } = await forward(state, inputs, false)
  const mask = state.tensors.get(`${inputs}.attention_mask`)?.data
  const width = shape[2]
  const counts = inputs === 'pad' && mask ? (i) => mask[Math.floor(i / width)] === 1 : undefined
  return closeTo(logits, data, { bound: state.bound, shape, counts })
}

async function forward({ heddle, model, tensors }, inputs, outputHiddenStates) {
  const give = (key) => {
    const found = tensors.get(`${inputs}.${key}`)
    return found && heddle.tensor(Int32Array.from(found.data), { shape: found.shape })
  }
  const inputIds = give('input_ids')
  const attentionMask = give('attention_mask')
  const result = model.forward({ inputIds, attentionMask, outputHiddenStates })
  try {
    const logits = await result.logits.data()
    const hiddenStates = []
    for (const hidden of result.hiddenStates ?? []) hiddenStates.push(await hidden.data())
    return { logits, hiddenStates }
  } finally {
    for (const tensor of [inputIds, attentionMask, result.logits, ...(result.hiddenStates ?? [])])
      tensor?.dispose()
  }
}

async function greedy({ heddle, model, tensors, reference }, inputs, output, settings) {
  const { min_new_tokens, max_new_tokens } = reference.generate[settings]
  const inputIds = rowsOf(tensors.get(`${inputs}.input_ids`))
  const mask = tensors.get(`${inputs}.attention_mask`)
  const attentionMask = mask ? rowsOf(mask) : undefined
  const { sequences } = await heddle.generate(
    model,
    { inputIds, attentionMask },
    { doSample: false, minNewTokens: min_new_tokens, maxNewTokens: max_new_tokens },
  )
  const want = rowsOf(tensors.get(output))
  for (let row = 0; row < want.length; row++) {
    const difference = sameIds(sequences[row], want[row])
    if (difference) return `row ${row}: ${difference}`
  }
  return undefined
}
